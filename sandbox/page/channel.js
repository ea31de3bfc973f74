// The middle of the page: the channel's name, its messages, the way to earlier ones, what one can write.
import { avatar } from "./avatar.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { showComposer, showNotice } from "./composer.js";
import { showMessages } from "./messages.js";
import { holdingPlace, toEnd } from "./scrolling.js";
import { summary } from "./message.js";
import { announce } from "./toasts.js";
import { called, signOf } from "./world.js";

const find = (id) => document.getElementById(id);

/** `channel`: null at the app's Home. `tab(name)` goes to a tab of the app. */
export function showTop(channel, { world, drawer, tab }) {
  const top = find("top");
  const stamp = JSON.stringify([channel, world.app, unreadFrom(world)]);
  if (top.stamp === stamp) return;
  top.stamp = stamp;
  const expanded = find("sidebar").classList.contains("open");
  top.replaceChildren(
    el("button", { type: "button", id: "drawer", class: "button-plain square", "aria-label": "Channels and people", "aria-expanded": String(expanded),
      "aria-controls": "sidebar", onclick: () => drawer() }, icon("menu")),
    ...(channel === null || channel?.im ? appTop(channel, world, tab) : [channelTop(channel)]));
}

const channelTop = (channel) =>
  el("div", { class: "top-words" }, el("h1", { id: "channel-name" }, channel ? [icon(signOf(channel)), channel.name] : "No channel"),
    channel?.archived ? el("span", { class: "role" }, "archived") : null);

const unreadFrom = (world) => world.channels.find((channel) => channel.im)?.unread ?? 0;

function appTop(channel, world, tab) {
  const unread = channel ? 0 : unreadFrom(world);
  const link = (name, words, here) =>
    el("button", { type: "button", class: "tab", "aria-current": here ? "page" : null, onclick: () => here || tab(name) }, words);
  return [
    el("h1", { id: "channel-name" }, avatar("app", world.app.name, true, "small"), world.app.name),
    el("nav", { class: "tabs", "aria-label": world.app.name },
      world.app.home ? link("home", "Home", !channel) : null,
      link("messages", ["Messages", unread ? el("span", { class: "count" }, String(unread)) : null], Boolean(channel))),
  ];
}

/** Messages of the channel; announces what is new and shows the way down when the person reads further up. */
export function showChannel({ messages, more }, { state, world, given, earlier }) {
  const scroller = find("scroller");
  const fresh = newcomers(messages, state);
  const list = find("messages");
  list.setAttribute("aria-label", `Messages in ${called(world.channel(state.channel))}`);
  showEarlier(more, messages.length, earlier);
  if (!state.opened) list.replaceChildren(); // messages of another channel may have the same times
  const follow = holdingPlace(scroller, () => showMessages(list, messages, { given, newFrom: state.newFrom }));
  if (!state.opened) arrive(scroller, list, state);
  else if (fresh.length) announce(fresh.map((message) => summary(message, world)).join(" "));
  if (!follow && state.opened && fresh.length) find("jump").hidden = false;
  state.opened = true;
}

let known = new Set();
let knownPlace = "";

function newcomers(messages, state) {
  const place = `${state.user}/${state.channel}`;
  const last = knownPlace === place ? messages.filter((message) => !known.has(message.ts) && message.user !== state.user) : [];
  const newest = Math.max(0, ...known);
  known = new Set(messages.map((message) => message.ts));
  const newer = knownPlace === place ? last.filter((message) => Number(message.ts) > newest) : [];
  knownPlace = place;
  return newer;
}

function arrive(scroller, list, state) {
  find("jump").hidden = true;
  const target = state.target && list.querySelector(`[data-key="${CSS.escape(state.target)}"]`);
  const line = list.querySelector(".new");
  if (!target && !line) return toEnd(scroller);
  (target ?? line).scrollIntoView({ block: target ? "center" : "start" });
  target?.classList.add("target");
  target?.focus({ preventScroll: true });
  return undefined;
}

function showEarlier(more, count, earlier) {
  const place = find("earlier");
  const stamp = more ? "more" : count ? "" : "empty";
  if (place.dataset.stamp === stamp) return;
  place.dataset.stamp = stamp;
  const button = more && el("button", { type: "button", class: "button-plain", onclick: earlier }, "Show earlier messages");
  const nothing = !more && !count && el("p", { class: "nothing" }, "No messages yet. Write one, or type a command such as /assay help.");
  place.replaceChildren(...[button, nothing].filter(Boolean));
}

/** The composer, or why there is none. */
export function showWriting(channel, { state, world, send, join, unarchive, shortcuts }) {
  const seat = find("composer");
  const id = `${state.user}/${state.channel}/${channel?.archived}/${channel?.member}`;
  if (!channel) return showNotice(seat, id, "Choose a channel.");
  if (channel.archived) {
    const back = channel.member && el("button", { type: "button", class: "button", onclick: unarchive }, "Unarchive");
    return showNotice(seat, id, "This channel is archived. Nobody can write in it. ", ...(back ? [back] : []));
  }
  if (!channel.member) {
    return showNotice(seat, id, `${world.me.name} is not in ${called(channel)}. `, el("button", { type: "button", class: "button", onclick: join }, "Join"));
  }
  return showComposer(seat, { id, placeholder: `Message ${called(channel)} as ${world.me.name}`, send, shortcuts });
}
