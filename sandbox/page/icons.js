// Line icons, 24 units wide, drawn for this page. They are decoration: the label stands beside them or in aria-label.
import { svg } from "./dom.js";

const PATHS = {
  hash: ["M9 4 7 20", "M17 4l-2 16", "M4.5 9h16", "M3.5 15h16"],
  lock: ["M6 11h12v9H6z", "M8.5 11V8a3.5 3.5 0 0 1 7 0v3"],
  close: ["M6 6l12 12", "M18 6 6 18"],
  menu: ["M4 7h16", "M4 12h16", "M4 17h16"],
  reply: ["M4 5h16v11H11l-5 4v-4H4z"],
  down: ["M6 9.5l6 6 6-6"],
  dots: ["M5.5 12h.01", "M12 12h.01", "M18.5 12h.01"],
  tick: ["M5 12.5l4.5 4.5L19 7.5"],
  warn: ["M12 4 2.8 20h18.4z", "M12 10.5v4.2", "M12 17.4h.01"],
  eye: ["M2.5 12C5 7.5 8.3 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.8 6.5-9.5 6.5S5 16.5 2.5 12z", "M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z"],
  send: ["M4 12h14", "M12.5 6.5 18 12l-5.5 5.5"],
  bolt: ["M13 3 5 13.5h6L10.5 21 19 10.5h-6z"],
  image: ["M4 5h16v14H4z", "M4 16l5-5 4 4 2.5-2.5L20 17", "M15.5 9h.01"],
};

export function icon(name, className = "") {
  const paths = PATHS[name].map((d) => svg("path", { d }));
  return svg("svg", { class: `icon icon-${name} ${className}`.trim(), viewBox: "0 0 24 24", "aria-hidden": "true" }, paths);
}
