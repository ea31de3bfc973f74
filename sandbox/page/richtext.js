// rich_text blocks: sections, lists, quotes and preformatted text made of styled leaves.
import { el } from "./dom.js";
import { broadcast, channel, date, emoji, link, person } from "./mentions.js";

export const richText = (block, world) => block.elements.map((part) => PARTS[part.type]?.(part, world) ?? null);

const PARTS = {
  rich_text_section: (part, world) => el("div", { class: "rt-line" }, leaves(part, world)),
  rich_text_quote: (part, world) => el("blockquote", {}, leaves(part, world)),
  rich_text_preformatted: (part, world) => el("pre", { tabindex: "0" }, el("code", {}, leaves(part, world))),
  rich_text_list: list,
};

const leaves = (part, world) => part.elements.map((leaf) => styled(LEAVES[leaf.type]?.(leaf, world) ?? "", leaf.style));

function list(part, world) {
  const items = part.elements.map((section) => el("li", {}, leaves(section, world)));
  const indent = Math.min(part.indent ?? 0, 8);
  const start = part.offset ? part.offset + 1 : null;
  const className = `rt-list indent-${indent}${part.border ? " rt-bar" : ""}`;
  return el(part.style === "ordered" ? "ol" : "ul", { class: className, start }, items);
}

const LEAVES = {
  text: (leaf) => leaf.text,
  link: (leaf) => link(leaf.url, leaf.text || leaf.url),
  user: (leaf, world) => person(leaf.user_id, world),
  channel: (leaf, world) => channel(leaf.channel_id, world),
  broadcast: (leaf) => broadcast(leaf.range),
  usergroup: (leaf) => broadcast(leaf.usergroup_id),
  emoji: (leaf) => fromCodes(leaf.unicode) || emoji(`:${leaf.name}:`),
  date: (leaf, world) => date(leaf.timestamp, leaf.format, world, leaf.url, leaf.fallback),
  color: (leaf) => leaf.value,
};

const fromCodes = (codes) => (codes ? String.fromCodePoint(...codes.split("-").map((code) => parseInt(code, 16))) : "");

// In a diff, struck words are deletions and underlined ones insertions: <del> and <ins> are also voiced.
const TAGS = { bold: "strong", italic: "em", strike: "del", underline: "ins", code: "code" };

function styled(node, style = {}) {
  return Object.entries(TAGS).reduce((inner, [name, tag]) => (style[name] ? el(tag, {}, inner) : inner), node);
}
