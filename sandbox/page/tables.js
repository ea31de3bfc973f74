// `table` and `data_table` blocks; the first row is the header. Wide ones scroll inside their own frame.
import { el } from "./dom.js";
import { richText } from "./richtext.js";

export function table(block, world) {
  const settings = block.column_settings ?? [];
  // A heading stands over its figures on the same side.
  const columns = (row) => row.map((cell, at) => ({ cell, class: `${cellClass(block.rows[1]?.[at] ?? cell, settings[at])}${whole(cell, row)}` }));
  return frame(block, columns, world);
}

function frame(block, columns, world) {
  const [head, ...rows] = block.rows;
  const caption = block.caption ? el("caption", {}, block.caption) : null;
  const grid = el(
    "table",
    {},
    caption,
    el("thead", {}, line(columns(head), () => "th", world)),
    el("tbody", {}, rows.map((row) => line(columns(row), rowTag(block), world))),
  );
  folded(grid, block.page_size);
  return el("div", {}, el("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": block.caption ?? "Table" }, grid), unfold(grid));
}

// A table of many columns is scrolled on a phone in any case: then short cells need not be broken.
const whole = (cell, row) => (row.length > 4 && String(cell.text ?? "").length <= 24 ? " unwrapped" : "");

const rowTag = (block) => (at) => (at === block.row_header_column_index ? "th" : "td");

const line = (row, tag, world) =>
  el("tr", {}, row.map((column, at) =>
    el(tag(at), { class: column.class, scope: tag(at) === "th" ? "col" : null }, cellNodes(column.cell, world))));

const cellNodes = (cell, world) => (cell.type === "rich_text" ? richText(cell, world) : String(cell.text ?? cell.value ?? ""));

function cellClass(cell, setting) {
  const align = setting?.align ?? (cell.type === "raw_number" ? "right" : "left");
  return setting?.is_wrapped === false ? `${align} unwrapped` : align;
}

function folded(grid, size) {
  Array.from(grid.tBodies[0].rows).slice(size ?? Infinity).forEach((row) => (row.hidden = true));
}

function unfold(grid) {
  const hidden = Array.from(grid.tBodies[0].rows).filter((row) => row.hidden);
  if (!hidden.length) return null;
  const button = el("button", { type: "button", class: "button-plain", onclick: () => {
    hidden.forEach((row) => (row.hidden = false));
    button.remove();
  } }, `Show ${hidden.length} more ${hidden.length === 1 ? "row" : "rows"}`);
  return button;
}
