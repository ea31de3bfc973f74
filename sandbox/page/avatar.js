import { el } from "./dom.js";
import { hueOf, initials } from "./world.js";

/** Initials on the person's colour; apps are squares of one colour. The name always stands beside it. */
export function avatar(id, name, isBot, size = "") {
  const look = isBot ? "avatar-app" : `hue-${hueOf(id ?? name)}`;
  return el("span", { class: `avatar ${look} ${size}`.trim(), "aria-hidden": "true" }, initials(name));
}
