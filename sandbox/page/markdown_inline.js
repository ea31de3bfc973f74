// Standard Markdown, its inline level. Slack's <@U…> and <!here> tokens work here too, which is why drafts must be defused.
import { el } from "./dom.js";
import { emoji, link, token, unescaped } from "./mentions.js";

const INLINE = new RegExp(
  [
    "\\\\([!-/:-@[-`{-~])", // an escaped sign
    "(`+)(?!`)([\\s\\S]*?[^`])\\2(?!`)", // code
    "!\\[([^\\]]*)\\]\\([^)\\s]*(?:\\s+\"[^\"]*\")?\\)", // an image: its words only
    "\\[((?:[^\\[\\]]|\\\\.)+)\\]\\(<?((?:[^()\\s<>]|\\([^()\\s]*\\))*)>?(?:\\s+[\"'][^\"']*[\"'])?\\)", // a link
    "<((?:[@#!]|https?:|mailto:)[^<>\\n]+)>",
    "(https?://[^\\s<>|`\\]]*[^\\s<>|`\\].,;:!?)'\"*_~])",
    "\\*\\*(?!\\s)([\\s\\S]*?\\S)\\*\\*(?!\\*)",
    "(?<![\\p{L}\\p{N}_])__(?!\\s)([\\s\\S]*?\\S)__(?![\\p{L}\\p{N}_])",
    "\\*(?![\\s*])((?:[^*]|\\*\\*[^*]+\\*\\*)*?[^\\s*])\\*(?!\\*)",
    "(?<![\\p{L}\\p{N}_])_(?![\\s_])([\\s\\S]*?[^\\s_])_(?![\\p{L}\\p{N}_])",
    "~~(?!\\s)([\\s\\S]*?\\S)~~",
    "(?<![\\p{L}\\p{N}~])~(?![\\s~])([^~\\n]*?[^\\s~])~(?![\\p{L}\\p{N}~])",
  ].join("|"),
  "u",
);

const tagged = (name) => (groups, world) => el(name, {}, inlineMarkdown(groups[0], world));

// One maker for each alternative above: [how many groups it has, what it makes of them].
const MAKERS = [
  [1, ([sign]) => sign],
  [2, ([, code]) => el("code", {}, code.replace(/^ (.*) $/, "$1"))],
  [1, ([words]) => el("span", { class: "quiet" }, words ? `[image: ${words}]` : "[image]")],
  [2, ([words, href], world) => link(href, inlineMarkdown(words, world))],
  [1, ([inner], world) => token(inner, world)],
  [1, ([href]) => link(href, href)],
  [1, tagged("strong")],
  [1, tagged("strong")],
  [1, tagged("em")],
  [1, tagged("em")],
  [1, tagged("s")],
  [1, tagged("s")],
];

/** Nodes of one run of Markdown text. */
export function inlineMarkdown(text, world) {
  const nodes = [];
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    nodes.push(words(rest.slice(0, found.index)), made(found.slice(1), world));
    rest = rest.slice(found.index + found[0].length);
  }
  return [...nodes, words(rest)];
}

function made(groups, world) {
  let first = 0;
  for (const [width, make] of MAKERS) {
    const mine = groups.slice(first, first + width);
    if (mine.some((group) => group !== undefined)) return make(mine, world);
    first += width;
  }
  return "";
}

const words = (text) => emoji(unescaped(text));
