// The app's Home: what the app published for this person, in place of a channel's messages.
import { act } from "./api.js";
import { showBlocks, valuesUnder } from "./blocks.js";
import { el, keepingFocus } from "./dom.js";
import { startingValue } from "./fields.js";
import { searching } from "./search.js";

const find = (id) => document.getElementById(id);
const CHANNEL = ["scroller", "composer"];

/** `home` = {enabled, view}; the same view is patched, so what is being typed in it stays. */
export function showHome({ enabled, view }, { world, user, attempt }) {
  swap(true);
  find("jump").hidden = true;
  const place = find("home");
  const id = `${user}/${view?.id ?? enabled}`;
  if (place.dataset.place !== id) build(place, id, view, enabled);
  if (view) keepingFocus(place, () => draw(place.querySelector(".home-blocks"), view, { world, user, attempt }));
}

export function leaveHome() {
  if (find("home").hidden) return;
  swap(false);
  find("home").replaceChildren();
  delete find("home").dataset.place;
}

function swap(home) {
  find("home").hidden = !home;
  for (const id of CHANNEL) find(id).hidden = home;
}

function build(place, id, view, enabled) {
  place.dataset.place = id;
  const words = enabled ? "This app has nothing here yet." : "This app has no Home.";
  place.replaceChildren(view ? el("div", { class: "home-blocks" }) : el("p", { class: "nothing" }, words));
}

function draw(blocks, view, { world, user, attempt }) {
  const typed = valuesUnder(blocks);
  // New names must reach blocks that did not change themselves.
  if (blocks.worldStamp !== world.stamp) blocks.replaceChildren();
  blocks.worldStamp = world.stamp;
  const click = (given) => attempt(() => act("click", { user, view_id: view.id, ...given, values: valuesUnder(blocks) }));
  showBlocks(blocks, view.blocks, {
    world,
    valueOf: (block, element) => startingValue([typed, view.values], block, element),
    searching: searching({ user, view_id: view.id }, view.chosen),
    act: click,
  });
}
