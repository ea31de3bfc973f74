// A list of messages stays where the person reads: at the newest when they were there, otherwise at the same message.

const NEAR = 48; // pixels from the end that still count as being there

export const atEnd = (scroller) => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;

export const toEnd = (scroller) => (scroller.scrollTop = scroller.scrollHeight);

/** Keeps the end in view when the box gets smaller: a growing composer, a phone's keyboard, a window. */
export function stickingToEnd(scroller) {
  let was = true;
  scroller.addEventListener("scroll", () => (was = atEnd(scroller)));
  new ResizeObserver(() => was && toEnd(scroller)).observe(scroller);
}

/** Runs `work`, which changes what is inside; returns whether the end is in view afterwards. */
export function holdingPlace(scroller, work) {
  const follow = atEnd(scroller);
  const anchor = follow ? null : firstVisible(scroller);
  const before = anchor?.getBoundingClientRect().top;
  work();
  if (follow) toEnd(scroller);
  else if (anchor?.isConnected) scroller.scrollTop += anchor.getBoundingClientRect().top - before;
  return follow;
}

function firstVisible(scroller) {
  const top = scroller.getBoundingClientRect().top;
  return Array.from(scroller.querySelectorAll("[data-key]")).find((node) => node.getBoundingClientRect().bottom > top);
}
