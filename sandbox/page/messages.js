// A list of messages with day separators and the line above the first unread one.
import { el, patch, roving } from "./dom.js";
import { messageItem } from "./message.js";
import { dayKey, dayName } from "./time.js";

const TOGETHER = 300; // seconds within which one person's messages share a name and a face

/** `newFrom` is the ts of the first unread message, or null. */
export function showMessages(list, messages, { given, inThread = false, newFrom = null }) {
  const items = [];
  messages.forEach((message, at) => {
    const before = messages[at - 1];
    const fresh = newFrom === message.ts;
    if (!inThread && (!before || day(before, given) !== day(message, given))) items.push(separator(message, given.world));
    if (fresh) items.push(newLine());
    items.push(messageItem(message, { grouped: !fresh && together(before, message, given), given, inThread }));
  });
  patch(list, items);
  oneTabStop(list);
}

const day = (message, { world }) => dayKey(message.ts, world.tz);

function together(before, message, given) {
  if (!before || message.ephemeral || before.ephemeral) return false;
  if (message.is_bot && !(isLine(before) && isLine(message))) return false; // an app's cards stand alone
  return before.user === message.user && message.ts - before.ts < TOGETHER && day(before, given) === day(message, given);
}

/** Whether the message is one quiet line, as a card is that has been answered. */
const isLine = ({ blocks }) => blocks?.length === 1 && blocks[0].type === "context";

function separator(message, world) {
  const words = dayName(message.ts, world.tz, world.now);
  return {
    key: `day-${dayKey(message.ts, world.tz)}`,
    stamp: words,
    make: () => el("li", { class: "day", role: "separator", "aria-label": words }, el("span", {}, words)),
  };
}

const newLine = () => ({
  key: "new",
  stamp: "new",
  make: () => el("li", { class: "day new", role: "separator", "aria-label": "New messages" }, el("span", {}, "New")),
});

function oneTabStop(list) {
  if (!list.querySelector(".message[tabindex='0']")) list.querySelector(".message:last-of-type")?.setAttribute("tabindex", "0");
}

export const rovingMessages = (list) => roving(list, ".message");
