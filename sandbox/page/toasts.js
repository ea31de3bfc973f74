// Short notices of errors, and the live region. Both sit in the open dialog, for what lies under one is not read out.
import { el, patch } from "./dom.js";
import { icon } from "./icons.js";

const region = () => document.getElementById("toasts");
const polite = () => document.getElementById("polite");
const STAYS = 12000; // milliseconds; a notice under the pointer or with focus stays longer
let own = [];
let dismissed = () => {};
let shown = [];

/** Shows the notices the sandbox holds for this user; `dismiss(id)` tells it that one was read. */
export function showToasts(toasts, dismiss) {
  shown = toasts;
  dismissed = dismiss;
  draw();
}

/** A notice of the page itself: something the sandbox refused. */
export function toast(text) {
  own = [...own.filter((each) => each.text !== text), { id: `own-${Date.now()}`, text, own: true }];
  draw();
}

function draw() {
  seat();
  patch(region(), [...shown, ...own].slice(-3).map((each) => ({ key: String(each.id), stamp: each.text, make: () => node(each) })));
}

function node(each) {
  const close = () => {
    own = own.filter((other) => other.id !== each.id);
    shown = shown.filter((other) => other.id !== each.id);
    draw();
    if (!each.own) dismissed(each.id);
  };
  const box = el("div", { class: "toast", role: "alert" }, icon("warn"), el("span", { class: "toast-text" }, each.text),
    el("button", { type: "button", class: "toast-close", "aria-label": "Dismiss", onclick: close }, icon("close")));
  fade(box, close);
  return box;
}

function fade(box, close) {
  const look = () => {
    if (!box.isConnected) return;
    if (box.matches(":hover, :focus-within")) setTimeout(look, 2000);
    else close();
  };
  setTimeout(look, STAYS);
}

/** Says something to screen readers without showing it. */
export function announce(text) {
  seat();
  polite().replaceChildren(el("p", {}, text));
}

/** Moves notices and live region into the dialog on top, or back to the page. */
export function seat() {
  const place = Array.from(document.querySelectorAll("dialog[open]")).at(-1) ?? document.body;
  for (const node of [region(), polite()]) if (node.parentElement !== place) place.append(node);
}
