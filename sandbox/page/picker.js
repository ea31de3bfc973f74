// Choosing from many: chips for what is chosen, a box to type in with a list under it (the combobox pattern).
// The list is filtered here (`options`), or the app is asked for it as one types (`find`).
import { el, freshId } from "./dom.js";
import { icon } from "./icons.js";

const PAUSE = 200; // milliseconds after the last key before the app is asked

/** `find(typed)` answers {options: [{value, name, group}], error}; `nameOf(value)` names what is chosen. */
export function picker({ options, find, nameOf, value, label, placeholder, single = false, least = 0, most = Infinity, changed }) {
  const state = { chosen: [value ?? []].flat(), at: -1, shown: [], turn: 0, timer: 0, said: "" };
  const listId = freshId("options");
  const chips = el("ul", { class: "chips", "aria-label": "Chosen" });
  const input = el("input", {
    type: "text", class: "picker-input", role: "combobox", autocomplete: "off", "aria-autocomplete": "list",
    "aria-expanded": "false", "aria-controls": listId, ...label,
  });
  const list = el("ul", { id: listId, class: "options", role: "listbox", "aria-multiselectable": String(!single), hidden: true });
  const box = el("div", { class: "picker input" }, chips, input, list);
  const named = nameOf ?? ((each) => options.find((option) => option.value === each)?.name ?? each);
  const tell = () => (single && !state.chosen.length) || changed?.(box.readValue());
  const parts = { state, options, find, nameOf: named, single, placeholder, least, most: single ? 1 : most, chips, input, list, tell };
  box.readValue = () => (single ? state.chosen[0] ?? null : [...state.chosen]);
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
    // Keeps focus in the box, so the list does not close before the click is seen.
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
  const { input, list, find } = parts;
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
  if (find) ask(parts);
  else filter(parts);
}

function filter(parts) {
  const { state, options, input } = parts;
  const wanted = input.value.trim().toLowerCase();
  state.shown = options.filter((each) => each.name.toLowerCase().includes(wanted));
  state.at = wanted && state.shown.length ? 0 : Math.min(state.at, state.shown.length - 1);
  state.said = "Nothing matches";
  drawList(parts);
}

function ask(parts) {
  const { state, input, least } = parts;
  clearTimeout(state.timer);
  state.turn += 1;
  if (input.value.length < least) return say(`Type at least ${least} character${least === 1 ? "" : "s"}`, parts);
  if (!state.shown.length) say("Searching…", parts);
  state.timer = setTimeout(() => answer(state.turn, parts), PAUSE);
  return undefined;
}

/** An answer to what was typed before is not shown: another one is on its way. */
async function answer(turn, parts) {
  const { state, input, list, find } = parts;
  const { options, error } = await find(input.value);
  if (turn !== state.turn || list.hidden) return;
  Object.assign(state, { shown: options, at: options.length ? 0 : -1, said: error ?? "No results" });
  drawList(parts);
}

function say(words, parts) {
  Object.assign(parts.state, { shown: [], at: -1, said: words });
  drawList(parts);
}

function close({ state, input, list }) {
  clearTimeout(state.timer);
  Object.assign(state, { at: -1, turn: state.turn + 1, shown: [] });
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
  const lines = state.shown.flatMap((each, at) => {
    const fresh = each.group && each.group !== state.shown[at - 1]?.group;
    const line = el("li", { id: `${list.id}-${at}`, role: "option", "data-value": each.value, class: at === state.at ? "here" : null,
      "aria-selected": String(state.chosen.includes(each.value)) }, icon("tick"), each.name);
    return fresh ? [el("li", { class: "options-group", role: "presentation" }, each.group), line] : [line];
  });
  list.replaceChildren(...(lines.length ? lines : [el("li", { class: "quiet", role: "status" }, state.said)]));
  const here = list.querySelector(".here");
  if (here) input.setAttribute("aria-activedescendant", here.id);
  else input.removeAttribute("aria-activedescendant");
  here?.scrollIntoView({ block: "nearest" });
}

function toggle(value, parts) {
  const { state, input, most, single, list } = parts;
  const had = state.chosen.includes(value);
  if (!had && !single && state.chosen.length >= most) return;
  if (had) state.chosen = state.chosen.filter((each) => each !== value);
  else state.chosen = single ? [value] : [...state.chosen, value];
  input.value = "";
  drawChips(parts);
  if (single) close(parts);
  else if (!list.hidden) open(parts);
  parts.tell();
}

function drawChips(parts) {
  const { state, nameOf, chips, input, single, placeholder } = parts;
  chips.replaceChildren(...state.chosen.map((value) =>
    el("li", { class: "chip" }, el("span", { class: "chip-name" }, nameOf(value)),
      el("button", { type: "button", "aria-label": `Remove ${nameOf(value)}`, onclick: () => {
        toggle(value, parts);
        parts.input.focus();
      } }, icon("close")))));
  chips.hidden = !state.chosen.length;
  input.placeholder = single && state.chosen.length ? "" : placeholder ?? "";
}
