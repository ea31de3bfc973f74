// Building and patching nodes. Data only ever becomes text nodes and attributes, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** A new element. Attributes that are functions become listeners (onclick), false and null are left out. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) setAttribute(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === "function") node.addEventListener(name.slice(2), value);
  else node.setAttribute(name, value === true ? "" : String(value));
}

/**
 * Makes the children of `parent` match `items` ({key, stamp, make, revise?}), touching only what changed:
 * an equal stamp leaves a node alone, so typed text, focus and scroll offsets inside it survive.
 */
export function patch(parent, items) {
  const old = new Map(Array.from(parent.children, (node) => [node.dataset.key, node]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const found = old.get(item.key);
    old.delete(item.key);
    if (found && found === place) place = place.nextElementSibling;
    const node = current(found, item);
    if (node !== found || node.nextElementSibling !== place) parent.insertBefore(node, place);
    if (found && found !== node) found.remove();
  }
  for (const node of old.values()) node.remove();
}

function current(found, item) {
  if (found && found.stamp === item.stamp) return found;
  if (found && item.revise) item.revise(found);
  const node = found && item.revise ? found : item.make();
  node.dataset.key = item.key;
  node.stamp = item.stamp;
  return node;
}

/** Runs `work`; when it removed the focused node, focus goes to its successor or to what held it. */
export function keepingFocus(root, work) {
  const focused = document.activeElement;
  if (!root.contains(focused)) return work();
  const trail = trailOf(root, focused);
  const action = focused.dataset.action;
  work();
  if (focused.isConnected && root.contains(focused)) return undefined;
  return successor(root, trail, action)?.focus({ preventScroll: true });
}

function trailOf(root, node) {
  const keys = [];
  for (let at = node; at && at !== root; at = at.parentElement) if (at.dataset.key) keys.unshift(at.dataset.key);
  return keys;
}

function successor(root, trail, action) {
  let holder = root;
  for (const key of trail) {
    const next = holder.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!next) break;
    holder = next;
  }
  const same = action && holder.querySelector(`[data-action="${CSS.escape(action)}"]`);
  return same || holder.closest("[tabindex]") || holder.querySelector("[tabindex]") || root;
}

/** Arrow keys, Home and End move among the nodes that match `selector`; only one of them is a tab stop. */
export function roving(container, selector) {
  const members = () => Array.from(container.querySelectorAll(selector));
  container.addEventListener("focusin", (event) => {
    const here = event.target.closest(selector);
    if (here) for (const node of members()) node.tabIndex = node === here ? 0 : -1;
  });
  container.addEventListener("keydown", (event) => {
    const all = members();
    const at = all.indexOf(event.target);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    all[Math.max(0, Math.min(next, all.length - 1))].focus();
  });
}

let counter = 0;
export const freshId = (prefix) => `${prefix}-${(counter += 1)}`;
