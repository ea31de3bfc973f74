// Each block type as nodes; a list of blocks is patched, so a block that did not change keeps what was typed in it.
import { el, patch } from "./dom.js";
import { chart } from "./chart.js";
import { element, picture } from "./elements.js";
import { inputBlock } from "./fields.js";
import { markdown } from "./markdown.js";
import { textNodes } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { table } from "./tables.js";

/** Patches `parent` to show `blocks`. `given` is handed on to elements and fields. */
export function showBlocks(parent, blocks, given) {
  patch(parent, blocks.map((block, at) => ({
    key: `${block.type}/${block.block_id ?? at}`,
    stamp: JSON.stringify(block),
    make: () => blockNode(block, given),
  })));
}

function blockNode(block, given) {
  const make = MAKERS[block.type];
  const content = make ? make(block, given) : el("p", { class: "quiet" }, `[${block.type}: this page cannot show it]`);
  return el("div", { class: `block block-${block.type}` }, content);
}

const MAKERS = {
  header: (block, { world }) => el("h3", {}, textNodes(block.text, world)),
  divider: () => el("hr"),
  section,
  context,
  actions: (block, given) => block.elements.map((part) => element(part, block, given)),
  input: inputBlock,
  markdown: (block, { world }) => el("div", { class: "prose md" }, markdown(block.text, world)),
  rich_text: (block, { world }) => el("div", { class: "prose" }, richText(block, world)),
  table: (block, { world }) => table(block, world),
  data_table: (block, { world }) => table(block, world),
  data_visualization: (block) => chart(block),
  image,
};

function section(block, given) {
  const words = el("div", { class: "section-words" });
  if (block.text) words.append(el("div", { class: "prose" }, textNodes(block.text, given.world)));
  if (block.fields) words.append(el("div", { class: "fields" }, block.fields.map((field) => el("div", { class: "prose" }, textNodes(field, given.world)))));
  return [words, block.accessory ? el("div", { class: "accessory" }, element(block.accessory, block, given)) : null];
}

function context(block, { world }) {
  return block.elements.map((part) =>
    (part.type === "image" ? picture(part, world) : el("span", { class: "prose" }, textNodes(part, world))));
}

function image(block, { world }) {
  const title = block.title ? el("figcaption", {}, textNodes(block.title, world)) : null;
  return el("figure", { class: "figure" }, title, picture(block, world));
}

/** What stands in the controls under `root`: {block_id: {action_id: value}}. */
export function valuesUnder(root) {
  const values = {};
  for (const node of root.querySelectorAll("[data-block][data-action]")) {
    if (node.readValue) (values[node.dataset.block] ??= {})[node.dataset.action] = node.readValue();
  }
  return values;
}
