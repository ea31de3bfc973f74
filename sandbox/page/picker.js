// Choosing several: chips for what is chosen, a filter box with a list under it (the combobox pattern).
import { el, freshId } from "./dom.js";
import { icon } from "./icons.js";

export function picker({ options, value, label, placeholder, most = Infinity, changed }) {
  const state = { chosen: [...(value ?? [])], at: -1, shown: [] };
  const listId = freshId("options");
  const chips = el("ul", { class: "chips", "aria-label": "Chosen" });
  const input = el("input", {
    type: "text", class: "picker-input", role: "combobox", autocomplete: "off", "aria-autocomplete": "list",
    "aria-expanded": "false", "aria-controls": listId, placeholder, ...label,
  });
  const list = el("ul", { id: listId, class: "options", role: "listbox", "aria-multiselectable": "true", hidden: true });
  const box = el("div", { class: "picker input" }, chips, input, list);
  const parts = { state, options, most, chips, input, list, tell: () => changed?.(box.readValue()) };
  box.readValue = () => [...state.chosen];
  drawChips(parts);
  wire(box, parts);
  return box;
}

function wire(box, parts) {
  const { input, list } = parts;
  input.addEventListener("click", () => open(parts));
  input.addEventListener("input", () => open(parts));
  input.addEventListener("keydown", (event) => onKey(event, parts));
  box.addEventListener("focusout", (event) => {
    if (!box.contains(event.relatedTarget)) close(parts);
  });
  list.addEventListener("pointerdown", (event) => {
    // Keeps focus in the filter box, so the list does not close before the click is seen.
    event.preventDefault();
    const line = event.target.closest("[data-value]");
    if (line) toggle(line.dataset.value, parts);
  });
}

function onKey(event, parts) {
  const { state, input, list } = parts;
  const keys = {
    ArrowDown: () => (list.hidden ? open(parts) : point(state.at + 1, parts)),
    ArrowUp: () => point(state.at - 1, parts),
    Enter: () => (state.shown[state.at] && !list.hidden ? toggle(state.shown[state.at].value, parts) : false),
    Escape: () => (list.hidden ? false : close(parts)),
    Backspace: () => (input.value || !state.chosen.length ? false : toggle(state.chosen.at(-1), parts)),
  };
  if (!keys[event.key] || event.ctrlKey || event.metaKey || keys[event.key]() === false) return;
  event.preventDefault();
  event.stopPropagation();
}

function open(parts) {
  const { state, options, input, list } = parts;
  const wanted = input.value.trim().toLowerCase();
  state.shown = options.filter((each) => each.name.toLowerCase().includes(wanted));
  state.at = wanted && state.shown.length ? 0 : Math.min(state.at, state.shown.length - 1);
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
  drawList(parts);
}

function close({ state, input, list }) {
  state.at = -1;
  list.hidden = true;
  input.value = "";
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function point(at, parts) {
  const { state } = parts;
  state.at = Math.max(0, Math.min(at, state.shown.length - 1));
  drawList(parts);
}

function drawList({ state, input, list }) {
  const lines = state.shown.map((each, at) =>
    el("li", { id: `${list.id}-${at}`, role: "option", "data-value": each.value, class: at === state.at ? "here" : null,
      "aria-selected": String(state.chosen.includes(each.value)) }, icon("tick"), each.name));
  list.replaceChildren(...(lines.length ? lines : [el("li", { class: "quiet" }, "Nothing matches")]));
  const here = list.querySelector(".here");
  if (here) input.setAttribute("aria-activedescendant", here.id);
  here?.scrollIntoView({ block: "nearest" });
}

function toggle(value, parts) {
  const { state, input, most } = parts;
  const had = state.chosen.includes(value);
  if (!had && state.chosen.length >= most) return;
  state.chosen = had ? state.chosen.filter((each) => each !== value) : [...state.chosen, value];
  input.value = "";
  drawChips(parts);
  if (!parts.list.hidden) open(parts);
  parts.tell();
}

function drawChips(parts) {
  const { state, options, chips } = parts;
  const name = (value) => options.find((each) => each.value === value)?.name ?? value;
  chips.replaceChildren(...state.chosen.map((value) =>
    el("li", { class: "chip" }, name(value),
      el("button", { type: "button", "aria-label": `Remove ${name(value)}`, onclick: () => {
        toggle(value, parts);
        parts.input.focus();
      } }, icon("close")))));
  chips.hidden = !state.chosen.length;
}
