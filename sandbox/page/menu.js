// A small menu under a button: overflow menus and the switch of the acting person.
import { el, freshId, roving } from "./dom.js";

/** A button that opens `items()` (nodes with role menuitem). `button` gives its attributes and children. */
export function menu({ attributes, children, label, items }) {
  const id = freshId("menu");
  const list = el("div", { id, class: "menu", role: "menu", "aria-label": label, hidden: true });
  const button = el("button", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": id, ...attributes }, children);
  const box = el("div", { class: "menu-box" }, button, list);
  const open = () => {
    list.replaceChildren(...items().map(asItem));
    toggle(button, list, true);
    list.firstElementChild?.focus();
  };
  const close = (refocus) => {
    if (list.hidden) return;
    toggle(button, list, false);
    if (refocus) button.focus();
  };
  button.addEventListener("click", () => (list.hidden ? open() : close(true)));
  list.addEventListener("click", () => close(true));
  closeOnLeaving(box, close);
  roving(list, "[role=menuitem]");
  return box;
}

function asItem(node) {
  node.setAttribute("role", "menuitem");
  node.tabIndex = -1;
  return node;
}

function toggle(button, list, open) {
  list.hidden = !open;
  button.setAttribute("aria-expanded", String(open));
  if (open) place(button, list);
}

/** Where there is room for it: below the button or above, to its right or to its left. */
function place(button, list) {
  const { left, bottom } = button.getBoundingClientRect();
  list.classList.toggle("menu-up", bottom > window.innerHeight - 240);
  list.classList.toggle("menu-left", left + list.offsetWidth > window.innerWidth - 8);
}

function closeOnLeaving(box, close) {
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || box.lastElementChild.hidden) return;
    // Esc closes the menu only, not the modal or the drawer it stands in.
    event.stopPropagation();
    event.preventDefault();
    close(true);
  });
  box.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !box.contains(event.relatedTarget)) close(false);
  });
  document.addEventListener("pointerdown", (event) => {
    if (!box.contains(event.target)) close(false);
  });
  window.addEventListener("resize", () => box.lastElementChild.hidden || place(box.firstElementChild, box.lastElementChild));
}
