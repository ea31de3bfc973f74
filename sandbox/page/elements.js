// Interactive elements of sections and actions blocks. `given` = {world, valueOf(block, element), act(click)}.
import { el } from "./dom.js";
import { confirmed } from "./confirm.js";
import { control, holdsValue } from "./controls.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { textNodes } from "./mrkdwn.js";

export function element(part, block, given) {
  if (part.type === "button") return button(part, block, given);
  if (part.type === "overflow") return overflow(part, block, given);
  if (part.type === "image") return picture(part, given.world);
  if (holdsValue(part)) return live(part, block, given);
  return el("span", { class: "quiet" }, `[${part.type}]`);
}

function button(part, block, given) {
  const attributes = {
    type: "button",
    class: `button ${part.style ?? ""}`.trim(),
    "data-action": part.action_id,
    "aria-label": part.accessibility_label,
    title: part.accessibility_label,
  };
  const node = el("button", attributes, textNodes(part.text, given.world));
  node.addEventListener("click", async () => {
    if (part.url) window.open(part.url, "_blank", "noopener");
    await once(node, part, given, { action_id: part.action_id, block_id: block.block_id, value: part.value });
  });
  return node;
}

/** One click at a time: a node that waits for the bot's answer takes no second one. */
async function once(node, part, given, click) {
  if (node.ariaBusy === "true" || !(await confirmed(part.confirm, given.world))) return;
  node.ariaBusy = "true";
  try {
    await given.act(click);
  } finally {
    node.ariaBusy = "false";
  }
}

function overflow(part, block, given) {
  const box = menu({
    attributes: { class: "button button-icon", "aria-label": "More actions", "data-action": part.action_id },
    children: [icon("dots")],
    label: "More actions",
    items: () => part.options.map((option) => overflowItem(option, part, block, given, box)),
  });
  return box;
}

function overflowItem(option, part, block, given, box) {
  const click = { action_id: part.action_id, block_id: block.block_id, selected: option.value };
  const choose = () => once(box.firstElementChild, part, given, click);
  return el("button", { type: "button", class: "menu-item", onclick: choose }, textNodes(option.text, given.world));
}

function live(part, block, given) {
  const label = { "aria-label": part.accessibility_label ?? part.placeholder?.text ?? spoken(block) };
  const changed = (selected) => once(node, part, given, { action_id: part.action_id, block_id: block.block_id, selected });
  const node = control(part, { value: given.valueOf(block, part), label, world: given.world, searching: given.searching?.(block, part), changed });
  node.dataset.block = block.block_id;
  return node;
}

const spoken = (block) => block.text?.text.replace(/[*_~`]/g, "") ?? "Choose";

/** Pictures of this sandbox are shown; others are only described, because nothing is loaded from elsewhere. */
export function picture(part, world) {
  const address = part.image_url ?? `/files/${part.slack_file.id}?${new URLSearchParams({ user: world.me.id })}`;
  if (address && new URL(address, location.href).origin === location.origin) {
    return el("img", { src: address, alt: part.alt_text, class: "picture" });
  }
  return el("span", { class: "picture picture-absent", role: "img", "aria-label": part.alt_text }, icon("image"), el("span", {}, part.alt_text));
}
