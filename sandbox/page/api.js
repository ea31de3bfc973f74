// The control API: everything this page knows and does goes through these few calls.
import { state } from "./state.js";

/** An act the sandbox refused; the message is a sentence for the person. */
export class Refused extends Error {}

export const read = (path, query = {}) => ask(`/control/${path}?${new URLSearchParams(present({ ...here(), ...query }))}`);

export const act = (path, body) =>
  ask(`/control/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(present({ ...here(), ...body })),
  });

/** The workspace that the page is in; the first one needs no name. */
const here = () => ({ team: state.team ?? undefined });

const present = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

async function ask(path, options) {
  const response = await fetch(path, options).catch(() => {
    throw new Refused("The sandbox does not answer. Is it still running?");
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer.error || `The sandbox answered ${response.status}.`);
  return answer;
}

/** Calls `changed` at once and after each change this user can see; `lost` says whether the line is down. */
export function listen(user, changed, lost) {
  const source = new EventSource(`/control/events?${new URLSearchParams(present({ ...here(), user }))}`);
  source.onopen = () => lost(false);
  source.onmessage = () => changed();
  source.onerror = () => lost(true); // the browser tries again by itself
  return () => source.close();
}

/** The answer, or `fallback()` where the sandbox refuses: an address may name what is no longer there. */
export async function orElse(asked, fallback) {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return fallback();
  }
}

/** `work`, never twice at the same time: calls made meanwhile become one more run afterwards. */
export function coalesced(work) {
  let running = null;
  let again = false;
  const run = async () => {
    do {
      again = false;
      await work();
    } while (again);
  };
  return () => {
    if (running) again = true;
    else running = run().finally(() => (running = null));
    return running;
  };
}
