// The thread at the right (over everything on a phone): its first message, the replies, a composer.
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { rovingMessages, showMessages } from "./messages.js";
import { showComposer } from "./composer.js";
import { holdingPlace } from "./scrolling.js";
import { called } from "./world.js";

const panel = () => document.getElementById("thread");

export function closeThread() {
  panel().hidden = true;
  panel().replaceChildren();
  document.getElementById("shell").classList.remove("with-thread");
}

/** Shows `messages` (the first one is what the thread is about) and keeps what is being typed. */
export function showThread(messages, { state, world, given, close, send }) {
  const id = `${state.user}/${state.channel}/${state.thread}`;
  const fresh = panel().dataset.place !== id || panel().hidden;
  if (fresh) build(id, world.channel(state.channel), close);
  showComposer(panel().querySelector(".composer-seat"), { id, placeholder: `Reply as ${world.me.name}`, send });
  const scroller = panel().querySelector(".scroller");
  holdingPlace(scroller, () => showMessages(panel().querySelector(".messages"), messages, { given, inThread: true }));
  if (fresh) scroller.scrollTop = 0; // a thread is read from what it is about
}

function build(id, channel, close) {
  const list = el("ol", { class: "messages", "aria-label": "Messages in this thread" });
  rovingMessages(list);
  panel().dataset.place = id;
  panel().replaceChildren(
    el("header", { class: "top" },
      el("div", { class: "top-words" }, el("h2", { id: "thread-name" }, "Thread"), el("span", { class: "quiet" }, called(channel))),
      el("button", { type: "button", class: "button-plain square", "aria-label": "Close thread", onclick: close }, icon("close"))),
    el("div", { class: "scroller" }, list),
    el("div", { class: "composer-seat", id: "thread-composer" }));
  panel().hidden = false;
  panel().onkeydown = (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) close();
  };
  document.getElementById("shell").classList.add("with-thread");
  panel().querySelector("header button").focus();
}
