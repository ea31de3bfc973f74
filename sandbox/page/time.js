// Times as people read them, in the acting user's zone and by the sandbox's clock (which may not be this machine's).

const cache = new Map();

function formatter(options, tz) {
  const key = JSON.stringify([options, tz]);
  if (!cache.has(key)) cache.set(key, new Intl.DateTimeFormat("en-GB", { ...options, timeZone: tz }));
  return cache.get(key);
}

const show = (ts, tz, options) => formatter(options, tz).format(new Date(Number(ts) * 1000));

export const clockTime = (ts, tz) => show(ts, tz, { hour: "2-digit", minute: "2-digit" });
export const dayKey = (ts, tz) => show(ts, tz, { year: "numeric", month: "2-digit", day: "2-digit" });
export const fullTime = (ts, tz) => show(ts, tz, { dateStyle: "full", timeStyle: "short" });

/** "Today", "Yesterday" or the date; the year only where it is another one. */
export function dayName(ts, tz, now) {
  return pretty(ts, tz, now) || longDay(ts, tz, now);
}

function longDay(ts, tz, now) {
  const sameYear = show(ts, tz, { year: "numeric" }) === show(now, tz, { year: "numeric" });
  return show(ts, tz, { weekday: "long", day: "numeric", month: "long", year: sameYear ? undefined : "numeric" });
}

function pretty(ts, tz, now) {
  if (dayKey(ts, tz) === dayKey(now, tz)) return "Today";
  if (dayKey(ts, tz) === dayKey(now - 86400, tz)) return "Yesterday";
  if (dayKey(ts, tz) === dayKey(now + 86400, tz)) return "Tomorrow";
  return "";
}

const DATES = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { day: "numeric", month: "long", year: "numeric" },
  date_short: { day: "numeric", month: "short", year: "numeric" },
  date_long: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  time: { hour: "2-digit", minute: "2-digit" },
  time_secs: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
};

/** The tokens of `<!date^ts^format>`; a token nobody knows stays as it is, so that the mistake is seen. */
export function dateToken(ts, format, world) {
  return format.replace(/\{(\w+)\}/g, (whole, name) => {
    const plain = name.replace(/_pretty$/, "");
    if (name === "ago") return ago(ts, world.now);
    if (!DATES[plain]) return whole;
    const near = name.endsWith("_pretty") && pretty(ts, world.tz, world.now);
    return near ? near.toLowerCase() : show(ts, world.tz, DATES[plain]);
  });
}

const STEPS = [[86400, "day"], [3600, "hour"], [60, "minute"]];

export function ago(ts, now) {
  const seconds = now - Number(ts);
  const step = STEPS.find(([size]) => seconds >= size);
  if (!step) return "just now";
  const count = Math.floor(seconds / step[0]);
  return `${count} ${step[1]}${count === 1 ? "" : "s"} ago`;
}
