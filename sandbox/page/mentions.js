// Links, people, channels and dates inside text: the <…> tokens that every kind of text shares.
import { el } from "./dom.js";
import { dateToken, fullTime } from "./time.js";

const SAFE = /^(https?:|mailto:|tel:)/i;

/** A link, or only its words where the address could do more than lead somewhere. */
export function link(href, words) {
  if (!SAFE.test(href)) return el("span", {}, words);
  return el("a", { href, target: "_blank", rel: "noopener noreferrer", class: "link" }, words);
}

export function person(id, world) {
  const name = world.user(id)?.name ?? id;
  return el("span", { class: id === world.me.id ? "mention mention-me" : "mention" }, `@${name}`);
}

export function channel(id, world) {
  const known = world.channel(id);
  if (!known) return el("span", { class: "mention" }, "#private channel");
  return el("a", { class: "mention", href: world.address({ channel: id }) }, `#${known.name}`);
}

export const broadcast = (range) => el("span", { class: "mention mention-me" }, `@${range}`);

export function date(ts, format, world, href, fallback) {
  if (!Number.isFinite(Number(ts))) return fallback ?? "";
  const words = dateToken(Number(ts), format, world);
  const node = el("time", { datetime: new Date(ts * 1000).toISOString(), title: fullTime(ts, world.tz) }, words);
  return href ? link(href, node) : node;
}

/** What stands between < and >: a mention, a broadcast, a date or a link, each with an optional |label. */
export function token(inner, world) {
  const [target, ...rest] = inner.split("|");
  const label = rest.length ? unescaped(rest.join("|")) : null;
  if (target.startsWith("@")) return person(target.slice(1), world);
  if (target.startsWith("#")) return channel(target.slice(1), world);
  if (target.startsWith("!")) return special(target.slice(1), label, world);
  return link(unescaped(target), label ?? unescaped(target).replace(/^mailto:/, ""));
}

function special(command, label, world) {
  const [name, ...parts] = command.split("^");
  if (name === "date") return date(parts[0], parts[1] ?? "", world, parts[2], label);
  if (name === "subteam") return broadcast((label ?? parts[0] ?? "group").replace(/^@/, ""));
  return broadcast(label ?? name);
}

export const unescaped = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", wave: "👋", tada: "🎉", eyes: "👀",
  rotating_light: "🚨", memo: "📝", hourglass: "⌛", point_right: "👉", thumbsup: "👍", "+1": "👍", thumbsdown: "👎",
  bulb: "💡", bar_chart: "📊", lock: "🔒", arrow_down: "⬇️", pray: "🙏", raised_hands: "🙌", sparkles: "✨", bell: "🔔",
};

/** Known :names: as the characters they stand for; others stay as written. */
export const emoji = (text) => text.replace(/:([\w+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
