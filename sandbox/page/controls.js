// Controls that hold a value. Each maker returns a node with `readValue()`: a string, a list of strings or null.
import { el, freshId } from "./dom.js";
import { picker } from "./picker.js";
import { textNodes } from "./mrkdwn.js";
import { called } from "./world.js";

/** The control of an element; `given` = {value, label, world, searching, changed}. */
export function control(element, given) {
  const node = MAKERS[element.type](element, given);
  node.dataset.action = element.action_id ?? "";
  return node;
}

export const holdsValue = (element) => element.type in MAKERS;

function typed(type, more = {}) {
  return (element, { value, label, changed }) => {
    const input = el("input", { type, class: "input", value, placeholder: element.placeholder?.text, autocomplete: "off", ...more, ...label });
    input.readValue = () => input.value || null;
    input.addEventListener("change", () => changed?.(input.readValue()));
    return input;
  };
}

function text(element, given) {
  const { value, label, changed } = given;
  if (!element.multiline) return typed("text")(element, given);
  const area = el("textarea", { class: "input area", rows: 3, placeholder: element.placeholder?.text, ...label });
  area.value = value ?? "";
  area.readValue = () => area.value || null;
  area.addEventListener("change", () => changed?.(area.readValue()));
  return area;
}

function number(element, given) {
  const step = element.is_decimal_allowed ? "any" : "1";
  return typed("number", { min: element.min_value, max: element.max_value, step, inputmode: "decimal" })(element, given);
}

function select(optionsOf) {
  return (element, { value, label, world, changed }) => {
    const node = el("select", { class: "input select", ...label });
    node.append(el("option", { value: "" }, element.placeholder?.text ?? "Choose"), ...optionsOf(element, world));
    node.value = value ?? "";
    node.classList.toggle("empty", !node.value);
    node.readValue = () => node.value || null;
    node.addEventListener("change", () => {
      node.classList.toggle("empty", !node.value);
      if (node.value) changed?.(node.value);
    });
    return node;
  };
}

const option = ({ value, name }) => el("option", { value }, name);

function staticOptions(element) {
  if (!element.option_groups) return element.options.map(plainOption).map(option);
  return element.option_groups.map((group) => el("optgroup", { label: group.label.text }, group.options.map(plainOption).map(option)));
}

const plainOption = (given) => ({ value: given.value, name: given.text.text });
const flatOptions = (element) => (element.options ?? element.option_groups.flatMap((group) => group.options)).map(plainOption);
const people = (_, world) => world.users.filter((user) => !user.deleted).map((user) => ({ value: user.id, name: user.name }));
const channels = (element, world) =>
  world.channels.filter((channel) => fits(channel, element)).map((channel) => ({ value: channel.id, name: called(channel) }));

function fits(channel, element) {
  const kinds = element.type.includes("channels_select") ? ["public"] : element.filter?.include;
  return !channel.archived && (!kinds || kinds.includes(channel.im ? "im" : channel.private ? "private" : "public"));
}

const native = (list) => select((element, world) => list(element, world).map(option));

const multi = (list) => (element, given) =>
  picker({ ...given, options: list(element, given.world), placeholder: element.placeholder?.text, most: element.max_selected_items });

const external = (single) => (element, given) =>
  picker({ ...given, single, find: given.searching.find, nameOf: given.searching.nameOf, least: element.min_query_length ?? 3,
    placeholder: element.placeholder?.text ?? "Type to search", most: element.max_selected_items });

function choice(type) {
  return (element, { value, label, world, changed }) => {
    const name = freshId("choice");
    const chosen = type === "radio" ? [value] : value ?? [];
    const { id, "aria-label": words, ...rest } = label;
    const box = el("div", { id, class: "choices", role: type === "radio" ? "radiogroup" : "group", tabindex: "-1", "aria-label": words, ...rest });
    box.append(...element.options.map((each) => choiceLine(each, { type, name, world, checked: chosen.includes(each.value) })));
    const values = () => Array.from(box.querySelectorAll("input:checked"), (input) => input.value);
    box.readValue = () => (type === "radio" ? values()[0] ?? null : values());
    box.addEventListener("change", () => changed?.(box.readValue()));
    return box;
  };
}

function choiceLine(each, { type, name, world, checked }) {
  const input = el("input", { type, name, value: each.value });
  input.checked = checked;
  const more = each.description ? el("span", { class: "hint" }, textNodes(each.description, world)) : null;
  return el("label", { class: "choice" }, input, el("span", { class: "choice-words" }, textNodes(each.text, world), more));
}

const MAKERS = {
  plain_text_input: text,
  email_text_input: typed("email"),
  url_text_input: typed("url"),
  number_input: number,
  datepicker: typed("date"),
  timepicker: typed("time"),
  static_select: select(staticOptions),
  users_select: native(people),
  conversations_select: native(channels),
  channels_select: native(channels),
  multi_static_select: multi(flatOptions),
  multi_users_select: multi(people),
  multi_conversations_select: multi(channels),
  multi_channels_select: multi(channels),
  external_select: external(true),
  multi_external_select: external(false),
  radio_buttons: choice("radio"),
  checkboxes: choice("checkbox"),
};

/** What an element says it starts with, in the form of `readValue()`. */
export function initialValue(element) {
  for (const [name, value] of Object.entries(element)) {
    if (!name.startsWith("initial_")) continue;
    if (Array.isArray(value)) return value.map((each) => each.value ?? each);
    return value?.value ?? value;
  }
  return null;
}
