// The "are you sure" dialog of buttons, menus and choices.
import { el, freshId } from "./dom.js";
import { textNodes } from "./mrkdwn.js";
import { seat } from "./toasts.js";

/** Resolves to whether the person confirmed; without a confirm object at once to true. */
export function confirmed(question, world) {
  if (!question) return Promise.resolve(true);
  return new Promise((resolve) => {
    const dialog = dialogOf(question, world);
    dialog.addEventListener("close", () => {
      seat(); // the notices may have moved in here while it was open
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    // Esc inside this dialog must not reach the modal under it.
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    document.body.append(dialog);
    dialog.showModal();
  });
}

function dialogOf(question, world) {
  const id = freshId("confirm");
  const words = (part) => textNodes(question[part], world);
  const dialog = el("dialog", { class: "confirm", role: "alertdialog", "aria-labelledby": `${id}-t`, "aria-describedby": `${id}-d` });
  const answer = (value) => () => dialog.close(value);
  dialog.append(
    el("h2", { id: `${id}-t` }, words("title")),
    el("p", { id: `${id}-d`, class: "prose" }, words("text")),
    el("div", { class: "dialog-buttons" },
      el("button", { type: "button", class: "button", onclick: answer("no") }, words("deny")),
      el("button", { type: "button", class: `button ${question.style === "danger" ? "danger" : "primary"}`, onclick: answer("yes") }, words("confirm"))),
  );
  return dialog;
}
