// The box one writes in. Text that starts with / is a command; a few are the chat's own, the rest go to the app.
import { act, Refused } from "./api.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";

const drafts = new Map();

/** Builds a composer into `seat`, once per place: later calls for the same place leave the typed text alone. */
export function showComposer(seat, { id, placeholder, send, shortcuts }) {
  if (seat.dataset.place === id) return;
  const old = seat.querySelector("textarea");
  if (old) drafts.set(seat.dataset.place, old.value);
  seat.dataset.place = id;
  const area = el("textarea", { id: `${seat.id}-text`, rows: 1, class: "composer-text", placeholder, "aria-label": placeholder });
  area.value = drafts.get(id) ?? "";
  const form = el("form", { class: "composer" }, shortcuts?.().length ? shortcutMenu(shortcuts) : null, area,
    el("button", { type: "submit", class: "send", "aria-label": "Send" }, icon("send")));
  wire(form, area, send);
  seat.replaceChildren(form);
}

/** `shortcuts()` = [{name, use()}]: what the app offers everywhere. */
const shortcutMenu = (shortcuts) =>
  menu({
    attributes: { class: "shortcuts", "aria-label": "Shortcuts", title: "Shortcuts" },
    children: [icon("bolt")],
    label: "Shortcuts",
    items: () => shortcuts().map((each) => el("button", { type: "button", class: "menu-item", onclick: each.use }, icon("bolt"), each.name)),
  });

/** In place of a composer: why nothing can be written here, and what can be done about it. */
export function showNotice(seat, id, ...nodes) {
  if (seat.dataset.place === id) return;
  seat.dataset.place = id;
  seat.replaceChildren(el("p", { class: "composer-notice" }, nodes));
}

function wire(form, area, send) {
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = area.value;
    if (!text.trim()) return;
    area.value = "";
    const sent = await send(text.trim());
    if (!sent && !area.value) area.value = text;
    area.focus();
  });
}

const OWN = {
  "/invite": (place, rest) => act("invite", { ...place, who: who(rest, place) }),
  "/leave": (place) => act("leave", place),
  "/archive": (place) => act("archive", place),
  "/delete": (place) => act("delete", place),
  "/rename": (place, rest) => act("rename", { ...place, name: rest.replace(/^#/, "") }),
};

/** Sends a text as a message, a command of the chat's own, or a command of the app. */
export function dispatch(text, { user, channel, thread, world }) {
  const [command, rest] = split(text);
  if (!command) return act("say", { user, channel, text: outgoing(text, world), thread_ts: thread });
  if (thread) throw new Refused("Slash commands do not work in threads. Type it in the channel.");
  const own = OWN[command];
  if (own) return own({ user, channel, world }, rest);
  return act("command", { user, channel, command, text: rest });
}

function split(text) {
  const found = /^(\/[a-z][\w-]*)(?:\s+([\s\S]*))?$/i.exec(text);
  return found ? [found[1].toLowerCase(), (found[2] ?? "").trim()] : [null, text];
}

function who(rest, { world }) {
  const wanted = rest.replace(/^@/, "").toLowerCase();
  const found = world.users.find((user) => user.name.toLowerCase() === wanted);
  if (!found) throw new Refused(`Nobody here is called “${rest || "@…"}”. Try /invite @${world.users[0]?.name ?? "name"}.`);
  return found.id;
}

/** Typed text as the chat stores it: the three signs escaped, @Name and #channel as tokens. */
function outgoing(text, world) {
  const escaped = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const named = longestFirst(world.users).reduce((sofar, user) => sofar.replaceAll(`@${user.name}`, `<@${user.id}>`), escaped);
  return named.replace(/#([\w-]+)/g, (whole, name) => {
    const found = world.channels.find((channel) => channel.name === name);
    return found ? `<#${found.id}>` : whole;
  });
}

const longestFirst = (users) => [...users].sort((one, other) => other.name.length - one.name.length);
