// The workspace at the left: who one is acting as, the channels with their unread marks, the sandbox's clock.
import { avatar } from "./avatar.js";
import { el, patch, roving } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { clockTime, dayName } from "./time.js";
import { addressOf, roleOf, signOf } from "./world.js";

/** `go({user?, channel?})` moves without loading the page anew; the links work in new windows too. */
export function showSidebar(nav, { screen, world, workspaces, state, go }) {
  patch(nav, [
    { key: "team", stamp: JSON.stringify([screen.team, workspaces]), make: () => teamOf(screen.team, workspaces, go) },
    { key: "me", stamp: world.stamp, make: () => actingAs(world, state, go) },
    { key: "title", stamp: "", make: () => el("h2", { class: "side-title", id: "side-channels" }, "Channels") },
    { key: "channels", stamp: {}, make: () => channelList(screen, world, state, go), revise: (list) => drawChannels(list, screen, world, state, go) },
    ...(screen.app.installed ? [appsTitle, appEntry(screen, world, state, go)] : []),
    { key: "clock", stamp: Math.floor(world.now / 60), make: () => clock(world) },
  ]);
}

const appsTitle = { key: "apps-title", stamp: "", make: () => el("h2", { class: "side-title", id: "side-apps" }, "Apps") };

/** The workspace's name; where there are several with people in them, the switch between them. */
function teamOf(team, workspaces, go) {
  const others = workspaces.filter((each) => each.people || each.id === team.id);
  if (others.length < 2) return teamName(team);
  return menu({
    attributes: { class: "acting team-switch", "aria-label": `Workspace ${team.name}. Switch` },
    children: [el("span", { class: "acting-words" }, el("span", { class: "acting-as" }, "Workspace"), el("span", { class: "acting-name" }, team.name)), icon("down")],
    label: "Workspaces",
    items: () => others.map((each) => teamItem(each, each.id === team.id, each.id === workspaces[0].id, go)),
  });
}

/** Somebody else is there: who one is acting as is chosen anew. */
function teamItem(team, here, first, go) {
  const place = { team: first ? null : team.id, user: null, channel: null, thread: null, home: false };
  return el("a", { class: "menu-item person", href: addressOf({ team: place.team }), "aria-current": here ? "true" : null, onclick: (event) => softly(event, () => go(place)) },
    el("span", { class: "person-name" }, team.name), here ? icon("tick") : null);
}

const teamName = (team) => el("div", { class: "team" }, el("span", { class: "team-name" }, team.name), team.name === "Sandbox" ? null : el("span", { class: "team-kind" }, "Sandbox"));

function actingAs(world, state, go) {
  const { me } = world;
  const label = `Acting as ${me.name}, ${roleOf(me)}. Switch`;
  return menu({
    attributes: { class: "acting", "aria-label": label },
    children: [face(me), el("span", { class: "acting-words" }, el("span", { class: "acting-as" }, `Acting as · ${roleOf(me)}`), el("span", { class: "acting-name" }, me.name)),
      icon("down")],
    label: "Act as",
    items: () => world.users.filter((user) => !user.is_bot && !user.deleted).map((user) => personItem(user, world, state, go)),
  });
}

const face = (user) => avatar(user.id, user.name, user.is_bot, "small");

function personItem(user, world, state, go) {
  const here = user.id === world.me.id;
  const href = addressOf({ team: state.team, user: user.id, ...(state.home ? { home: "1" } : { channel: state.channel }) });
  const move = (event) => softly(event, () => go({ user: user.id }));
  return el("a", { class: "menu-item person", href, "aria-current": here ? "true" : null, onclick: move },
    face(user), el("span", { class: "person-name" }, user.name), el("span", { class: "role" }, roleOf(user)), here ? icon("tick") : null);
}

/** Follows a link inside the page, unless the person asked for another window. */
export function softly(event, move) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  move();
}

function channelList(screen, world, state, go) {
  const list = el("ul", { class: "channels", "aria-labelledby": "side-channels" });
  drawChannels(list, screen, world, state, go);
  roving(list, "a");
  return list;
}

function drawChannels(list, screen, world, state, go) {
  patch(list, screen.channels.filter((channel) => !channel.im).map((channel) => {
    const entered = channel.id === state.channel; // also while one looks at the app, where Tab comes back to it
    const here = entered && !state.home;
    return {
      key: channel.id,
      stamp: JSON.stringify([channel, entered, here, world.me.id]),
      make: () => el("li", {}, channelLink(channel, { entered, here }, world, go)),
      revise: (item) => {
        const focused = item.contains(document.activeElement);
        item.replaceChildren(channelLink(channel, { entered, here }, world, go));
        if (focused) item.firstElementChild.focus();
      },
    };
  }));
}

function channelLink(channel, { entered, here }, world, go) {
  const unread = channel.unread && !here;
  const classes = ["channel", unread && "unread", here && "here", (channel.archived || !channel.member) && "faint"].filter(Boolean).join(" ");
  return el("a", {
    class: classes, href: world.address({ channel: channel.id }), tabindex: entered ? "0" : "-1", "aria-current": here ? "page" : null,
    onclick: (event) => softly(event, () => go({ channel: channel.id })),
  }, icon(signOf(channel)), el("span", { class: "channel-name" }, channel.name), remark(channel, unread));
}

/** The app: its Home and the conversation with it. */
function appEntry(screen, world, state, go) {
  const talk = screen.channels.find((channel) => channel.im);
  const here = state.home || (talk && talk.id === state.channel);
  const place = screen.app.home || !talk ? { home: true } : { channel: talk.id };
  const unread = talk?.unread && !here;
  const classes = ["channel", unread && "unread", here && "here"].filter(Boolean).join(" ");
  const href = world.address(place.home ? { home: "1" } : place);
  const entry = () => el("a", { class: classes, href, "aria-current": here ? "page" : null, onclick: (event) => softly(event, () => go(place)) },
    avatar("app", screen.app.name, true, "tiny"), el("span", { class: "channel-name" }, screen.app.name), unread ? remark(talk, unread) : null);
  return {
    key: "apps",
    stamp: JSON.stringify([screen.app, talk, here, world.me.id]),
    make: () => el("ul", { class: "channels apps", "aria-labelledby": "side-apps" }, el("li", {}, entry())),
    revise: (list) => list.firstElementChild.replaceChildren(entry()),
  };
}

function remark(channel, unread) {
  if (unread) return el("span", { class: "count" }, channel.unread > 99 ? "99+" : String(channel.unread), el("span", { class: "unseen" }, " unread"));
  return channel.archived ? el("span", { class: "role" }, "archived") : null;
}

function clock(world) {
  return el("p", { class: "clock" }, `${dayName(world.now, world.tz, world.now)}, ${clockTime(world.now, world.tz)}`,
    el("span", {}, "Nothing leaves this machine."));
}
