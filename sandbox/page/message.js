// One message: who, when, its blocks, and the marks around it (private, edited, replies).
import { avatar } from "./avatar.js";
import { showBlocks, valuesUnder } from "./blocks.js";
import { el, keepingFocus, patch } from "./dom.js";
import { startingValue } from "./fields.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { searching } from "./search.js";
import { clockTime, fullTime } from "./time.js";

/** An item for `patch`: the node is kept and revised, so what was typed in it survives a redraw. */
export function messageItem(message, { grouped, given, inThread }) {
  const view = { message, grouped, given, inThread };
  return {
    key: message.ts + (message.ephemeral ? "/private" : ""),
    stamp: JSON.stringify([message, grouped, given.world.stamp]),
    make: () => draw(frame(), view),
    revise: (node) => keepingFocus(node, () => draw(node, view)),
  };
}

function frame() {
  const part = (name) => el("div", { class: name, "data-key": name });
  return el("li", { class: "message", tabindex: "-1" },
    part("gutter"), el("div", { class: "message-body" }, part("marks"), part("byline"), part("content"), part("below")), part("tools"));
}

function draw(node, view) {
  const { message, grouped, given } = view;
  const part = (name) => node.querySelector(`.${name}`);
  node.classList.toggle("grouped", grouped);
  node.classList.toggle("private", message.ephemeral);
  node.setAttribute("aria-label", spokenName(message, given.world));
  part("gutter").replaceChildren(grouped ? smallTime(message, given.world) : avatar(message.user, message.name, message.is_bot));
  part("marks").replaceChildren(...(message.ephemeral ? [icon("eye"), "Only visible to you"] : []));
  part("byline").replaceChildren(...(grouped ? [] : byline(message, given.world)));
  content(part("content"), node, view);
  patch(part("below"), below(view));
  patch(part("tools"), tools(view));
  return node;
}

function spokenName(message, world) {
  const marks = [message.is_bot && "app", message.ephemeral && "only visible to you", message.edited && "edited"].filter(Boolean);
  return [message.name, ...marks, clockTime(message.ts, world.tz)].join(", ");
}

function byline(message, world) {
  return [
    el("span", { class: "name" }, message.name),
    message.is_bot ? el("span", { class: "badge" }, "APP") : "",
    smallTime(message, world),
    message.edited ? edited() : "",
  ];
}

const smallTime = (message, world) =>
  el("time", { datetime: new Date(message.ts * 1000).toISOString(), title: fullTime(message.ts, world.tz) }, clockTime(message.ts, world.tz));

function content(place, node, { message, grouped, given }) {
  const blocks = message.blocks?.length ? message.blocks : [textBlock(message.text)];
  const typed = valuesUnder(node);
  const drawn = {
    world: given.world,
    valueOf: (block, part) => startingValue([typed, message.values], block, part),
    searching: searching(given.place(message), message.chosen),
    act: (click) => given.click(message, click),
  };
  // New names must reach blocks that did not change themselves.
  if (place.worldStamp !== given.world.stamp) place.replaceChildren();
  place.worldStamp = given.world.stamp;
  showBlocks(place, blocks, drawn);
  place.querySelector(".edited")?.remove();
  if (message.edited && grouped) (place.querySelector(".block-context:only-child") ?? place).append(edited());
}

const edited = () => el("span", { class: "edited", title: "This message was edited" }, "(edited)");

const textBlock = (text) => ({ type: "section", text: { type: "mrkdwn", text } });

function below(view) {
  return [...view.message.previews.map(preview), ...replies(view)];
}

const preview = (address) => ({ key: `preview ${address}`, stamp: "", make: () => el("div", { class: "preview" }, `Preview of ${address}`) });

function replies({ message, given, inThread }) {
  if (!message.reply_count || inThread) return [];
  const words = `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`;
  const open = () => given.openThread(message.ts);
  return [{
    key: "replies",
    stamp: words,
    make: () => el("button", { type: "button", class: "replies", "data-action": "thread", onclick: open }, words),
  }];
}

function tools({ message, given, inThread }) {
  if (message.ephemeral) return [];
  const offered = given.world.shortcuts.filter((shortcut) => shortcut.type === "message");
  return [inThread ? null : replyTool(message, given), offered.length ? moreTool(message, given, offered) : null].filter(Boolean);
}

const replyTool = (message, given) => ({
  key: "reply",
  stamp: message.ts,
  make: () => el("button", { type: "button", class: "tool", "aria-label": "Reply in thread", title: "Reply in thread",
    onclick: () => given.openThread(message.ts) }, icon("reply")),
});

/** What the app can do with any message, cards or people's. */
const moreTool = (message, given, offered) => ({
  key: "more",
  stamp: JSON.stringify([message.ts, offered]),
  make: () => menu({
    attributes: { class: "tool", "aria-label": "More actions on this message", title: "More actions" },
    children: [icon("dots")],
    label: "More actions",
    items: () => offered.map((each) =>
      el("button", { type: "button", class: "menu-item", onclick: () => given.useShortcut(each, message) },
        el("span", { class: "person-name" }, each.name), el("span", { class: "role" }, given.world.app.name))),
  }),
});

/** The words of a message in one line, for the live region. */
export function summary(message, world) {
  const words = el("p", {}, mrkdwn(message.text ?? "", world)).textContent.replace(/\s+/g, " ").trim();
  return `${message.name}: ${words.length > 160 ? `${words.slice(0, 160)}…` : words}`;
}

