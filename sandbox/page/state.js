// Where the page is. The address holds it, so that two windows can be two people and a link leads to a message.
import { addressOf } from "./world.js";

export const state = { team: null, user: null, channel: null, home: false, thread: null, limit: 50, newFrom: null, opened: false, target: null, visit: 0 };

export const fromAddress = () => placeOf(new URL(location.href));

function placeOf({ searchParams: query }) {
  const [team, user, channel, thread, target] = ["team", "user", "channel", "thread", "message"].map((name) => query.get(name));
  return { team, user, channel, thread, target, home: query.has("home") };
}

/** Where a link to this very page, or one in Slack's own form, leads; or null. */
export function placeIn(href) {
  const url = new URL(href, location.href);
  if (url.origin !== location.origin) return null;
  const archived = url.pathname.match(/^(?:\/(T\w+))?\/archives\/(\w+)\/p(\d+)(\d{6})$/);
  if (archived) return { team: archived[1] ?? null, channel: archived[2], thread: null, target: `${archived[3]}.${archived[4]}` };
  return url.pathname === "/" && url.searchParams.has("channel") ? placeOf(url) : null;
}

export function toAddress(replace) {
  const place = state.home ? { home: "1" } : { channel: state.channel, thread: state.thread };
  const address = addressOf({ team: state.team, user: state.user, ...place });
  if (address === location.pathname + location.search) return;
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
}

/** A new place is read from its end, or from the message a link leads to, without marks and pages of the old one. */
export function enter(place) {
  const moved = place.target || ["team", "user", "channel", "home"].some((name) => (place[name] ?? state[name]) !== state[name]);
  Object.assign(state, place, { visit: state.visit + 1 });
  if (!moved) return;
  Object.assign(state, { limit: place.target ? 200 : 50, newFrom: null, opened: false, thread: place.thread ?? null });
}
