// What the acting user knows of the workspace: names, channels, the clock. Texts are rendered against it.

/** `team`: the workspace as addresses name it; null for the first one. */
export function worldOf(screen, team) {
  const users = new Map(screen.users.map((user) => [user.id, user]));
  const channels = new Map(screen.channels.map((channel) => [channel.id, channel]));
  const me = users.get(screen.me.id) ?? screen.me;
  return {
    me: { ...me, ...screen.me },
    users: screen.users,
    channels: screen.channels,
    app: screen.app,
    shortcuts: screen.shortcuts,
    now: screen.now,
    tz: screen.me.tz || Intl.DateTimeFormat().resolvedOptions().timeZone,
    user: (id) => users.get(id),
    channel: (id) => channels.get(id),
    address: (query) => addressOf({ team, user: screen.me.id, ...query }),
    // Changes when a name that may stand in a rendered text does.
    stamp: JSON.stringify([screen.me.id, screen.users, screen.shortcuts, screen.channels.map(({ id, name }) => [id, name])]),
  };
}

export const addressOf = (query) =>
  `/?${new URLSearchParams(Object.fromEntries(Object.entries(query).filter(([, value]) => value)))}`;

export function roleOf(user) {
  if (user.is_bot) return "app";
  if (user.is_stranger) return "from another company";
  if (user.is_restricted) return "guest";
  if (user.is_owner) return "owner";
  return user.is_admin ? "admin" : "member";
}

/** One of eight colours, always the same for the same id. */
export const hueOf = (id) => Array.from(id).reduce((sum, sign) => (sum * 31 + sign.codePointAt(0)) % 9973, 7) % 8;

/** What a channel is called; the conversation with an app has its name and no sign. */
export const called = (channel) => (channel ? `${channel.im ? "" : "#"}${channel.name}` : "");

export const signOf = (channel) => (channel.im ? "reply" : channel.private ? "lock" : "hash");

export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => Array.from(word)[0].toUpperCase()).join("") || "?";
}
