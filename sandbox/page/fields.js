// Input blocks: a label, a control, a hint, a counter and the error that stands at the field.
import { el, freshId } from "./dom.js";
import { icon } from "./icons.js";
import { control, holdsValue, initialValue } from "./controls.js";
import { textNodes } from "./mrkdwn.js";

const GROUPS = new Set(["radio_buttons", "checkboxes"]);

export function inputBlock(block, given) {
  if (!holdsValue(block.element)) return el("p", { class: "quiet" }, `[${block.element.type}: this page cannot show it]`);
  const id = freshId("field");
  const node = control(block.element, {
    value: given.valueOf(block, block.element),
    label: labelling(block, id),
    world: given.world,
    searching: given.searching?.(block, block.element),
    changed: block.dispatch_action ? (selected) => given.act(clickOf(block, selected)) : null,
  });
  node.dataset.block = block.block_id;
  const field = el("div", { class: "field" }, heading(block, id, given.world), node, below(block, id, node, given.world));
  field.dataset.field = block.block_id;
  return field;
}

const clickOf = (block, selected) => ({ action_id: block.element.action_id, block_id: block.block_id, selected });

function labelling(block, id) {
  return {
    id,
    "aria-labelledby": `${id}-label`,
    "aria-describedby": `${id}-hint ${id}-error`,
    "aria-required": block.optional || block.element.type === "checkboxes" ? null : "true",
  };
}

function heading(block, id, world) {
  const words = [textNodes(block.label, world), block.optional ? el("span", { class: "quiet" }, " (optional)") : null];
  return GROUPS.has(block.element.type)
    ? el("div", { class: "label", id: `${id}-label` }, words)
    : el("label", { class: "label", id: `${id}-label`, for: id }, words);
}

function below(block, id, node, world) {
  const hint = el("span", { class: "hint", id: `${id}-hint` }, textNodes(block.hint, world));
  const error = el("p", { class: "field-error", id: `${id}-error`, hidden: true });
  return [error, el("div", { class: "under" }, hint, counter(block.element, node))];
}

/** How much is typed of how much fits. Nothing is cut off: who pastes too much reads by how much. */
function counter(element, node) {
  if (!element.multiline || !element.max_length) return null;
  const figures = el("span", { class: "counter" });
  const update = () => {
    const length = node.value.length;
    figures.textContent = `${length.toLocaleString("en-GB")} of ${element.max_length.toLocaleString("en-GB")}`;
    figures.classList.toggle("over", length > element.max_length);
    figures.hidden = length < element.max_length * 0.5;
  };
  node.addEventListener("input", update);
  update();
  return figures;
}

/** Shows or takes away the error of one field. */
export function showError(field, sentence) {
  const place = field.querySelector(".field-error");
  const holder = field.querySelector("[aria-describedby]");
  place.hidden = !sentence;
  place.replaceChildren(...(sentence ? [icon("warn"), el("span", {}, sentence)] : []));
  if (sentence) holder?.setAttribute("aria-invalid", "true");
  else holder?.removeAttribute("aria-invalid");
}

/** {block_id: sentence} for texts that are longer than their field takes: the sandbox's limits, said early. */
export function tooLong(blocks, values) {
  const errors = {};
  for (const block of blocks) {
    const most = block.element?.max_length;
    const typed = values[block.block_id]?.[block.element?.action_id];
    const over = most && typeof typed === "string" ? typed.length - most : 0;
    if (over > 0) errors[block.block_id] = `Shorten this by ${over} character${over === 1 ? "" : "s"}.`;
  }
  return errors;
}

/** The value a control starts with: what was typed before, what the sandbox remembers, what the view says. */
export function startingValue(kept, block, element) {
  for (const values of kept) {
    const value = values?.[block.block_id]?.[element.action_id];
    if (value !== undefined) return value;
  }
  return initialValue(element);
}
