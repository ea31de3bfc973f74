// Standard Markdown of `markdown` blocks, its block level: headings, lists, quotes, code, rules, tables, paragraphs.
import { el } from "./dom.js";
import { inlineMarkdown } from "./markdown_inline.js";

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*(\S*)/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])(\s+)(.*)$/;
const DIVIDER = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** Nodes of a whole Markdown text. */
export function markdown(text, world) {
  return blocks(text.replace(/\r\n?/g, "\n").split("\n"), world);
}

// Text that nests deeper than anybody writes ("> > > …" a thousand times) is shown flat.
const DEEPEST = 12;

function blocks(lines, world, depth = 0) {
  const nodes = [];
  let at = 0;
  while (at < lines.length) {
    const taken = opened(lines, at, world, depth) ?? paragraph(lines, at, world);
    if (taken.node) nodes.push(taken.node);
    at = taken.next;
  }
  return nodes;
}

function opened(lines, at, world, depth) {
  for (const kind of depth < DEEPEST ? KINDS : [blank]) {
    const taken = kind(lines, at, world, depth);
    if (taken) return taken;
  }
  return null;
}

const blank = (lines, at) => (lines[at].trim() ? null : { next: at + 1 });

function fence(lines, at) {
  const open = FENCE.exec(lines[at]);
  if (!open) return null;
  let end = at + 1;
  while (end < lines.length && !lines[end].trim().startsWith(open[1])) end += 1;
  const code = el("code", {}, lines.slice(at + 1, end).join("\n"));
  return { node: el("pre", { tabindex: "0" }, code), next: end + 1 };
}

function heading(lines, at, world) {
  const found = HEADING.exec(lines[at]);
  // The page's own headings are levels 1 and 2, so a draft's headings start below them.
  return found && {
    node: el(`h${Math.min(6, found[1].length + 2)}`, { class: `md-h md-h${found[1].length}` }, inlineMarkdown(found[2], world)),
    next: at + 1,
  };
}

const rule = (lines, at) => (RULE.test(lines[at]) ? { node: el("hr"), next: at + 1 } : null);

function quote(lines, at, world, depth) {
  if (!QUOTE.test(lines[at])) return null;
  let end = at;
  while (end < lines.length && lines[end].trim() && (QUOTE.test(lines[end]) || !starts(lines, end))) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(QUOTE, ""));
  return { node: el("blockquote", {}, blocks(inner, world, depth + 1)), next: end };
}

function table(lines, at, world) {
  if (!lines[at].includes("|") || at + 1 >= lines.length || !DIVIDER.test(lines[at + 1]) || !lines[at + 1].includes("-")) return null;
  const heads = cells(lines[at]);
  const sides = cells(lines[at + 1]).map((cell) => side(cell));
  if (heads.length !== sides.length) return null;
  let end = at + 2;
  while (end < lines.length && lines[end].trim() && lines[end].includes("|")) end += 1;
  const row = (line, tag) => el("tr", {}, heads.map((_, column) =>
    el(tag, { class: sides[column], scope: tag === "th" ? "col" : null }, inlineMarkdown(cells(line)[column] ?? "", world))));
  const body = lines.slice(at + 2, end).map((line) => row(line, "td"));
  const grid = el("table", {}, el("thead", {}, row(lines[at], "th")), el("tbody", {}, body));
  return { node: el("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Table" }, grid), next: end };
}

const cells = (line) => line.trim().replace(/^\||(?<!\\)\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/\\\|/g, "|"));
const side = (cell) => (cell.endsWith(":") ? (cell.startsWith(":") ? "centre" : "right") : "left");

function list(lines, at, world, depth) {
  const first = ITEM.exec(lines[at]);
  if (!first) return null;
  const ordered = /\d/.test(first[2]);
  const items = [];
  let next = at;
  while (next < lines.length) {
    const found = ITEM.exec(lines[next]);
    if (!found || /\d/.test(found[2]) !== ordered || RULE.test(lines[next])) break;
    const end = itemEnd(lines, next + 1);
    items.push(item([found[4], ...lines.slice(next + 1, end).map(outdented(found))], world, depth + 1));
    next = end;
  }
  const start = ordered ? parseInt(first[2], 10) : null;
  return { node: el(ordered ? "ol" : "ul", { start: start === 1 ? null : start }, items), next };
}

// An item goes on over indented lines, over lines that continue its paragraph, and over blanks before indented ones.
function itemEnd(lines, from) {
  let end = from;
  while (end < lines.length) {
    const empty = !lines[end].trim();
    if (empty && !/^ {2,}\S|^\t/.test(lines[end + 1] ?? "")) return skipBlanks(lines, end);
    if (!empty && !/^ {2,}|^\t/.test(lines[end]) && starts(lines, end)) return end;
    end += 1;
  }
  return end;
}

// Blank lines between two items belong to the list; before anything else they end it.
function skipBlanks(lines, from) {
  let end = from;
  while (end < lines.length && !lines[end].trim()) end += 1;
  return end < lines.length && ITEM.test(lines[end]) ? end : from;
}

const outdented = (found) => {
  const width = found[1].length + found[2].length + Math.min(found[3].length, 4);
  return (line) => line.replace(/\t/g, "    ").replace(new RegExp(`^ {0,${width}}`), "");
};

function item(lines, world, depth) {
  const box = /^\[([ xX])\]\s+/.exec(lines[0]);
  if (box) lines[0] = lines[0].slice(box[0].length);
  const nodes = blocks(lines, world, depth);
  const tight = nodes.length && nodes[0].tagName === "P" ? [...nodes[0].childNodes, ...nodes.slice(1)] : nodes;
  return el("li", {}, box ? (box[1] === " " ? "☐ " : "☑ ") : null, tight);
}

function paragraph(lines, at, world) {
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !starts(lines, end)) end += 1;
  const text = lines.slice(at, end).map((line) => line.trim().replace(/\\$/, "")).join("\n");
  return { node: el("p", {}, inlineMarkdown(text, world)), next: end };
}

// Whether a line opens something other than a paragraph; one number alone ("1987. A good year") does not.
const starts = (lines, at) =>
  [FENCE, HEADING, RULE, QUOTE].some((kind) => kind.test(lines[at])) || /^ {0,3}([-*+]|1[.)]|\d[.)])\s/.test(lines[at]);

const KINDS = [blank, fence, heading, rule, quote, table, list];
