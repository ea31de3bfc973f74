// Slack's own mrkdwn: *bold* _italic_ ~strike~ `code` ```block``` > quote <link|words> <@U…> and three escapes.
import { el } from "./dom.js";
import { emoji, link, token, unescaped } from "./mentions.js";

const EDGE = "(?![\\p{L}\\p{N}])";
const styled = (mark) => `(?<![\\p{L}\\p{N}${mark}])${mark}(?![\\s${mark}])([^\\n]*?[^\\s${mark}])${mark}${EDGE}`;
const INLINE = new RegExp(
  ["`([^`\\n]+)`", "<([^<>\\n]+)>", "(https?://[^\\s<>|`]*[^\\s<>|`.,;:!?)'\"*_~])", styled("\\*"), styled("_"), styled("~")].join("|"),
  "u",
);
const MAKERS = [
  (text) => el("code", {}, unescaped(text)),
  (text, world) => token(text, world),
  (text) => link(unescaped(text), unescaped(text)),
  (text, world) => el("strong", {}, inline(text, world)),
  (text, world) => el("em", {}, inline(text, world)),
  (text, world) => el("s", {}, inline(text, world)),
];

function inline(text, world) {
  const nodes = [];
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    const which = found.slice(1).findIndex((group) => group !== undefined);
    nodes.push(plain(rest.slice(0, found.index)), MAKERS[which](found[which + 1], world));
    rest = rest.slice(found.index + found[0].length);
  }
  return [...nodes, plain(rest)];
}

const plain = (text) => emoji(unescaped(text));
const QUOTED = /^(?:>|&gt;) ?/;

/** Nodes of one mrkdwn text; line breaks are kept by the style sheet (pre-wrap). */
export function mrkdwn(text, world) {
  const pieces = text.split(/```\n?([\s\S]*?)\n?```/);
  return pieces.flatMap((piece, at) => {
    if (at % 2) return [el("pre", { tabindex: "0" }, el("code", {}, unescaped(piece)))];
    return piece ? paragraphs(piece.replace(at ? /^\n/ : /^$/, ""), world) : [];
  });
}

function paragraphs(text, world) {
  const runs = [];
  for (const line of text.split("\n")) {
    const quoted = QUOTED.test(line);
    if (runs.at(-1)?.quoted !== quoted) runs.push({ quoted, lines: [] });
    runs.at(-1).lines.push(quoted ? line.replace(QUOTED, "") : line);
  }
  return runs.map(({ quoted, lines }) => {
    const nodes = lines.flatMap((line, at) => [at ? "\n" : null, ...inline(line, world)]);
    return quoted ? el("blockquote", {}, nodes) : el("span", {}, nodes);
  });
}

/** A text object of either type as nodes. */
export function textNodes(object, world) {
  if (!object) return [];
  return object.type === "mrkdwn" ? mrkdwn(object.text, world) : [emoji(object.text)];
}
