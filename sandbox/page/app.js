// The page: reads what the acting user sees, shows it, and reads again whenever the sandbox says that it changed.
import { act, coalesced, listen, orElse, read, Refused } from "./api.js";
import { showChannel, showTop, showWriting } from "./channel.js";
import { dispatch } from "./composer.js";
import { leaveHome, showHome } from "./home.js";
import { closeDrawer, drawer } from "./drawer.js";
import { rovingMessages } from "./messages.js";
import { closeWhatWasLeft, showModals } from "./modal.js";
import { atEnd, stickingToEnd, toEnd } from "./scrolling.js";
import { showSidebar, softly } from "./sidebar.js";
import { enter, fromAddress, placeIn, state, toAddress } from "./state.js";
import { closeThread, showThread } from "./thread.js";
import { showToasts, toast } from "./toasts.js";
import { called, worldOf } from "./world.js";

const find = (id) => document.getElementById(id);
let world = null;
let workspaces = []; // all that the sandbox has
let stopListening = () => {};
let actedOn = null; // key of the message last clicked: focus returns to it when its button is gone

/** Runs an act; what the sandbox refuses becomes a notice, or goes to `refused`. */
async function attempt(work, refused = toast) {
  try {
    const answer = await work();
    refresh();
    return answer ?? {};
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return refused(error.message) ?? null;
  }
}

const refresh = coalesced(async () => {
  try {
    await readAndShow();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    toast(error.message);
  }
});

async function readAndShow() {
  const { visit } = state; // what was asked for one place is not shown in another
  const seen = orElse(read("screen", { user: state.user ?? undefined }), () => read("screen"));
  const [screen, known] = await Promise.all([seen, read("workspaces")]);
  if (visit !== state.visit) return;
  ({ workspaces } = known);
  settle(screen);
  if (state.home) return visitHome(screen, visit);
  if (state.target && !state.opened) await openItsThread();
  const { user, channel, thread } = state;
  const wanted = [read("messages", { user, channel, limit: state.limit }), thread && orElse(read("thread", { user, channel, ts: thread }), noThread)];
  const [page, replies] = channel ? await Promise.all(wanted) : [{ messages: [], more: false }, null];
  if (visit === state.visit) show(screen, page, replies);
}

/** The app hears that somebody comes before its Home is read: it may draw it anew for them. */
async function visitHome(screen, visit) {
  const { user } = state;
  if (!state.opened) {
    state.opened = true;
    await act("home", { user });
    return readAndShow(); // the conversation with the app may have begun with it
  }
  const home = await read("home", { user });
  if (visit !== state.visit) return;
  world = worldOf(screen, state.team);
  closeThread();
  showHome(home, { world, user, attempt });
  return showAround(screen, null);
}

function noThread() {
  state.thread = null;
  toAddress(true);
  return null;
}

/** Fills in what the address left open: who one is and where. */
function settle(screen) {
  state.user = screen.me.id;
  if (state.home) return toAddress(true);
  const visible = screen.channels.some((channel) => channel.id === state.channel);
  if (!visible) state.channel = (screen.channels.find((channel) => channel.member) ?? screen.channels[0])?.id ?? null;
  return toAddress(true);
}

/** A link to a reply leads to the message it answers, with the thread open beside it. */
async function openItsThread() {
  const { user, channel, target } = state;
  const { messages } = await orElse(read("messages", { user, channel, ts: target }), () => ({ messages: [] }));
  const parent = messages[0]?.thread_ts;
  if (parent && parent !== target) Object.assign(state, { thread: parent, target: parent });
  toAddress(true);
}

function show(screen, page, replies) {
  world = worldOf(screen, state.team);
  const channel = world.channel(state.channel);
  const common = { state, world, given: { world, place, click, useShortcut, openThread: (ts) => go({ thread: ts }) } };
  markNew(channel, page.messages);
  leaveHome();
  showWriting(channel, { ...common, send: (text) => send(text), join, unarchive, shortcuts });
  showChannel(page, { ...common, earlier });
  if (replies) showThread(replies.messages, { ...common, close: () => go({ thread: null }), send: (text) => send(text, state.thread) });
  else closeThread();
  showAround(screen, channel);
  markRead(channel, page.messages);
}

/** What stands around a channel or the Home (`channel`: null): where else one can go, modals, notices. */
function showAround(screen, channel) {
  showSidebar(find("sidebar"), { screen, world, workspaces, state, go });
  showTop(channel, { world, drawer, tab });
  showModals(screen.modals, { world, user: state.user, attempt, refresh });
  showToasts(screen.toasts, (id) => attempt(() => act("dismiss", { user: state.user, toast: id })));
  refocus();
  document.title = titleOf(screen, channel);
}

/** The tabs of the app: its Home, and the conversation with it, which begins when somebody first goes there. */
async function tab(name) {
  if (name === "home") return go({ home: true, thread: null });
  const opened = await attempt(() => act("home", { user: state.user, tab: name }));
  return opened && go({ channel: opened.channel });
}

function titleOf(screen, channel) {
  const unread = screen.channels.filter((each) => each.unread && each.id !== state.channel).length;
  return `${unread ? `(${unread}) ` : ""}${channel ? called(channel) : screen.app.name} · ${world.me.name}`;
}

/** The line above what came since one was last here; it stays until one goes elsewhere. */
function markNew(channel, messages) {
  if (state.opened || !channel?.unread) return;
  const others = messages.filter((message) => message.user !== state.user);
  state.newFrom = others.at(-Math.min(others.length, Number(channel.unread)))?.ts ?? null;
}

/** Who opens a channel has read it; what arrives below while they read further up waits for them. */
function markRead(channel, messages) {
  const last = messages.at(-1);
  if (!channel?.unread || !last || document.hidden || !find("jump").hidden) return;
  attempt(() => act("read", { user: state.user, channel: channel.id, ts: last.ts }));
}

function refocus() {
  if (document.activeElement !== document.body || !actedOn) return;
  document.querySelector(`.message[data-key="${CSS.escape(actedOn)}"]`)?.focus({ preventScroll: true });
  actedOn = null;
}

function click(message, given) {
  actedOn = message.ts + (message.ephemeral ? "/private" : "");
  return attempt(() => act("click", { ...place(message), ...given }));
}

/** Where a message stands, as the control API wants it. */
const place = (message) => ({ user: state.user, channel: state.channel, ts: message.ts });

const useShortcut = (shortcut, message) =>
  attempt(() => act("shortcut", { user: state.user, callback_id: shortcut.callback_id, ...(message ? place(message) : {}) }));

const shortcuts = () =>
  world.shortcuts.filter((each) => each.type === "global").map((each) => ({ name: each.name, use: () => useShortcut(each) }));

async function send(text, thread) {
  const sent = await attempt(() => dispatch(text, { user: state.user, channel: state.channel, thread, world }));
  if (sent && !thread) toEnd(find("scroller"));
  return Boolean(sent) && !sent.toast;
}

const join = () => attempt(() => act("invite", { user: state.user, channel: state.channel, who: state.user }));

const unarchive = () => attempt(() => act("unarchive", { user: state.user, channel: state.channel }));

function earlier() {
  state.limit += 50;
  return refresh();
}

/** Moves to another workspace, person, channel or thread, or to the app's Home. */
function go(place) {
  const from = state.thread;
  const other = ["team", "user"].some((name) => name in place && place[name] !== state[name]);
  enter({ target: null, ...(place.channel ? { home: false } : {}), ...place });
  toAddress(false);
  closeDrawer();
  const shown = refresh();
  if (other) shown.then(startListening);
  return shown.then(() => from && !state.thread && backToThread(from));
}

const backToThread = (ts) => document.querySelector(`.message[data-key="${CSS.escape(ts)}"] .replies, .message[data-key="${CSS.escape(ts)}"]`)?.focus();

function startListening() {
  stopListening();
  stopListening = listen(state.user, refresh, (down) => (find("lost").hidden = !down));
}

function wire() {
  const scroller = find("scroller");
  stickingToEnd(scroller);
  find("jump").addEventListener("click", () => toEnd(scroller));
  scroller.addEventListener("scroll", () => {
    if (find("jump").hidden || !atEnd(scroller)) return;
    find("jump").hidden = true;
    refresh(); // what is now in view counts as read
  });
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  document.addEventListener("click", (event) => {
    const inside = event.target.closest("a.link, a.mention");
    const place = inside && placeIn(inside.href);
    // Links to messages name no person: who one is acting as stays, but for links to another workspace.
    const user = place?.team === state.team ? state.user : null;
    if (place) softly(event, () => go({ thread: null, ...place, user }));
  });
  window.addEventListener("popstate", () => {
    enter({ ...fromAddress() });
    refresh().then(startListening);
  });
  rovingMessages(find("messages"));
}

async function begin() {
  await refresh();
  if (state.user) startListening();
  else setTimeout(begin, 2000); // nobody is in the workspace yet
}

wire();
enter(fromAddress());
await closeWhatWasLeft();
begin();
