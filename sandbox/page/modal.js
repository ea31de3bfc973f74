// Modals: one dialog per view of the stack. A view on screen is patched, never rebuilt under the person who types in it.
import { act, orElse } from "./api.js";
import { showBlocks, valuesUnder } from "./blocks.js";
import { el, freshId, keepingFocus } from "./dom.js";
import { showError, startingValue, tooLong } from "./fields.js";
import { icon } from "./icons.js";
import { searching } from "./search.js";
import { state } from "./state.js";
import { announce, seat } from "./toasts.js";

const open = new Map(); // view id -> dialog
const LEFT = "assay-modals"; // in the tab's own storage, which a reload does not empty: what was open, and whose

/** Makes the dialogs match the stack. `given` = {world, user, attempt(work), refresh()}. */
export function showModals(views, given) {
  const wanted = new Set(views.map((view) => view.id));
  for (const [id, dialog] of open) if (!wanted.has(id)) take(id, dialog);
  for (const view of views) show(view, given);
  views.forEach((view, at) => open.get(view.id).classList.toggle("covered", at < views.length - 1));
  sessionStorage.setItem(LEFT, JSON.stringify({ team: state.team ?? undefined, user: given.user, ids: [...open.keys()] }));
  seat();
}

/** As in Slack, a page that is loaded anew has no modals: what was typed in them went with the old one. */
export async function closeWhatWasLeft() {
  const { team, user, ids } = JSON.parse(sessionStorage.getItem(LEFT) ?? '{"ids":[]}');
  sessionStorage.removeItem(LEFT);
  for (const view_id of ids.reverse()) await orElse(act("close", { team, user, view_id, quietly: true }), () => null);
}

function take(id, dialog) {
  open.delete(id);
  dialog.close();
  seat(); // before the dialog goes, for the notices may sit in it
  dialog.remove();
}

function show(view, given) {
  const dialog = open.get(view.id);
  if (dialog) return draw(dialog, view, given);
  const fresh = frame(view.id, given);
  open.set(view.id, fresh);
  draw(fresh, view, given);
  document.body.append(fresh);
  fresh.showModal();
  return focusFirst(fresh, view);
}

function frame(id, given) {
  const title = freshId("modal");
  const leave = (all) => () => given.attempt(() => act("close", { user: given.user, view_id: id, all }));
  const form = el("form", { novalidate: true },
    el("header", { class: "modal-head" }, el("h2", { id: title }),
      el("button", { type: "button", class: "button-plain square", "aria-label": "Close", onclick: leave(true) }, icon("close"))),
    el("div", { class: "modal-body", tabindex: "-1" }, el("div", { class: "modal-error", role: "alert", hidden: true }), el("div", { class: "modal-blocks" })),
    el("footer", { class: "dialog-buttons" },
      el("button", { type: "button", class: "button modal-close", onclick: leave() }),
      el("button", { type: "submit", class: "button primary modal-submit" })));
  const dialog = el("dialog", { class: "modal", "aria-labelledby": title, "data-view": id }, form);
  wire(dialog, form, id, given, leave());
  return dialog;
}

function wire(dialog, form, id, given, leave) {
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  // Browsers close on a second Esc whatever the page says; the sandbox has to know.
  dialog.addEventListener("close", () => open.has(id) && leave());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(dialog, id, given);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("input", (event) => {
    const field = event.target.closest("[data-field]");
    if (field) showError(field, null);
  });
}

function draw(dialog, view, given) {
  dialog.view = view;
  const part = (name) => dialog.querySelector(name);
  part("h2").textContent = words(view.title);
  part(".modal-close").textContent = words(view.close) || (view.submit ? "Cancel" : "Close");
  part(".modal-submit").textContent = words(view.submit) || "Submit";
  part(".modal-submit").hidden = !view.submit;
  const typed = valuesUnder(dialog);
  const blocks = part(".modal-blocks");
  keepingFocus(blocks, () => showBlocks(blocks, view.blocks, {
    world: given.world,
    valueOf: (block, element) => startingValue([typed, view.values], block, element),
    searching: searching({ user: given.user, view_id: view.id }, view.chosen),
    act: (click) => given.attempt(() => act("click", { user: given.user, view_id: view.id, ...click, values: valuesUnder(dialog) })),
  }));
  remembered(dialog, view);
}

const words = (text) => (typeof text === "string" ? text : text?.text ?? "");

/** Errors the sandbox remembers are shown once, so a field that is being corrected does not turn red again. */
function remembered(dialog, view) {
  const stamp = JSON.stringify([view.errors, view.error]);
  if (dialog.errorStamp === stamp || dialog.ariaBusy === "true") return;
  dialog.errorStamp = stamp;
  showErrors(dialog, view.errors ?? {}, view.error);
}

async function submit(dialog, id, given) {
  if (dialog.ariaBusy === "true") return;
  const values = valuesUnder(dialog);
  const early = tooLong(dialog.view.blocks, values);
  if (Object.keys(early).length) return showErrors(dialog, early, null, true);
  busy(dialog, true);
  const answer = await given.attempt(() => act("submit", { user: given.user, view_id: id, values }), (error) => ({ errors: {}, error }));
  await given.refresh();
  busy(dialog, false);
  if (open.get(id) !== dialog) return undefined;
  showErrors(dialog, answer.errors ?? {}, answer.error, true);
  return wrong(answer) ? undefined : turned(dialog);
}

/** While it is sent the button says that it cannot be pressed: a press now would do nothing. */
function busy(dialog, so) {
  dialog.ariaBusy = String(so);
  dialog.querySelector(".modal-submit").ariaDisabled = String(so);
}

const wrong = (answer) => Boolean(answer.error || Object.keys(answer.errors ?? {}).length);

/** The same modal now shows something else: begin at its top. */
function turned(dialog) {
  dialog.querySelector(".modal-body").scrollTop = 0;
  focusFirst(dialog, dialog.view);
  announce(words(dialog.view.title));
}

function showErrors(dialog, errors, general, goThere = false) {
  const fields = Array.from(dialog.querySelectorAll("[data-field]"));
  for (const field of fields) showError(field, errors[field.dataset.field]);
  const place = dialog.querySelector(".modal-error");
  place.hidden = !general;
  place.replaceChildren(...(general ? [icon("warn"), el("span", {}, general)] : []));
  const first = fields.find((field) => errors[field.dataset.field]);
  if (goThere && first) {
    first.querySelector("[aria-describedby]").focus();
    first.scrollIntoView({ block: "nearest" }); // what is wrong with it stands below it
  } else if (goThere && general) dialog.querySelector(".modal-body").scrollTop = 0;
}

function focusFirst(dialog, view) {
  const body = dialog.querySelector(".modal-body");
  const wanted = view.blocks.find((block) => block.element?.focus_on_load);
  const field = wanted && dialog.querySelector(`[data-field="${CSS.escape(wanted.block_id)}"]`);
  const scope = field ?? dialog.querySelector(".modal-blocks");
  const control = scope.querySelector("textarea, input, select");
  const first = control ?? dialog.querySelector(".modal-submit:not([hidden]), .modal-close");
  const below = control && control.getBoundingClientRect().top > body.getBoundingClientRect().bottom - 90;
  // What the fields are about stands above them and is read first, unless the app wants its field to be seen at once.
  (below && !field ? body : first).focus({ preventScroll: true });
  if (below && field) first.scrollIntoView({ block: "center" });
}
