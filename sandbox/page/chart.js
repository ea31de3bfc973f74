// `data_visualization`: lines, areas and bars as one drawing, and the same figures as a table that is always there to read.
import { el, svg } from "./dom.js";
import { table } from "./tables.js";

// Drawn twice: on a phone the same drawing made smaller could not be read. The style sheet shows the one that fits.
const SHAPES = { wide: { width: 480, height: 200, letter: 6.6 }, narrow: { width: 300, height: 190, letter: 6.8 } };
const LEFT = 42;
const BOTTOM = 22;
const ROW = 13;
const TOP = 8;

export function chart(block) {
  const { type, series, axis_config: axis } = block.chart;
  const figures = el("details", {}, el("summary", {}, "Figures as a table"), figuresTable(block));
  if (!series?.length || !["line", "area", "bar"].includes(type)) {
    figures.open = true;
    return el("figure", { class: "figure chart" }, el("figcaption", {}, block.title), figures);
  }
  const categories = axis?.categories ?? series[0].data.map((point) => point.label);
  const pictures = Object.keys(SHAPES).map((name) => drawing(name, type, series, categories, `${block.title}. The figures follow as a table.`));
  return el("figure", { class: "figure chart" }, el("figcaption", {}, block.title, axis?.y_label ? el("span", { class: "quiet" }, ` · ${axis.y_label}`) : null),
    pictures, legend(series), figures);
}

function drawing(name, type, series, categories, label) {
  const rows = type === "bar" ? 2 : 1;
  const scale = scaleOf({ ...SHAPES[name], rows }, series, type, categories.length);
  const marks = series.map((one, at) => MARKS[type](points(one, categories, scale), at, { scale, count: series.length }));
  const box = `0 0 ${scale.width} ${scale.height}`;
  return svg("svg", { viewBox: box, role: "img", class: `chart-picture ${name}`, "aria-label": label }, grid(scale), names(categories, scale), marks);
}

function scaleOf(shape, series, type, count) {
  const values = series.flatMap((one) => one.data.map((point) => point.value));
  const low = type === "line" ? Math.min(...values, niceBelow(values)) : Math.min(0, ...values);
  const high = Math.max(...values, low + 1e-9);
  const step = niceStep((high - low) / 4);
  const from = Math.floor(low / step) * step;
  const to = Math.ceil(high / step) * step;
  const band = (shape.width - LEFT - 8) / Math.max(1, count);
  return { ...shape, from, to, step, band, x: (at) => LEFT + band * (at + 0.5), y: (value) => TOP + ((to - value) / (to - from)) * (shape.height - TOP - BOTTOM - ROW * (shape.rows - 1)) };
}

// A line far above zero shows nothing when it starts there; one near zero should.
const niceBelow = (values) => (Math.min(...values) < Math.max(...values) / 2 ? 0 : Math.min(...values));

function niceStep(rough) {
  const size = 10 ** Math.floor(Math.log10(rough || 1));
  return [1, 2, 5, 10].map((times) => times * size).find((step) => step >= rough) ?? size;
}

function points(one, categories, scale) {
  const byLabel = new Map(one.data.map((point) => [point.label, point.value]));
  return categories.map((label, at) => ({ at, label, value: byLabel.get(label), x: scale.x(at) })).filter(({ value }) => value !== undefined)
    .map((point) => ({ ...point, y: scale.y(point.value) }));
}

const path = (dots) => dots.map(({ x, y }, at) => `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

const MARKS = {
  line: (dots, at) => [
    svg("path", { d: path(dots), class: `line tone-${at % 6}` }),
    dots.map(({ x, y }) => svg("circle", { cx: x, cy: y, r: 2.6, class: `dot tone-${at % 6}` })),
  ],
  area: (dots, at, { scale }) => [
    svg("path", { d: `${path(dots)}L${dots.at(-1).x} ${scale.y(scale.from)}L${dots[0].x} ${scale.y(scale.from)}Z`, class: `filled tone-${at % 6}` }),
    svg("path", { d: path(dots), class: `line tone-${at % 6}` }),
  ],
  bar: (dots, at, { scale, count }) => dots.map(({ x, y }) => {
    const width = (scale.band * 0.7) / count;
    return svg("rect", { x: x - (width * count) / 2 + width * at, y, width: Math.max(1, width - 1), height: Math.max(0, scale.y(Math.max(0, scale.from)) - y), class: `bar tone-${at % 6}` });
  }),
};

function grid({ from, to, step, y, width }) {
  const count = Math.round((to - from) / step);
  return Array.from({ length: count + 1 }, (_, at) => from + at * step).map((value) => [
    svg("path", { d: `M${LEFT} ${y(value)}H${width - 8}`, class: "grid" }),
    svg("text", { x: LEFT - 6, y: y(value) + 3.5, class: "tick", "text-anchor": "end" }, String(Number(value.toPrecision(6)))),
  ]);
}

// As many names as fit beside one another, the last of them in any case; each bar has its own, on two rows if it must be.
function names(categories, { band, letter, x, width, height, rows }) {
  const longest = Math.max(...categories.map((name) => name.length)) * letter + 8;
  const every = rows > 1 ? 1 : Math.max(1, Math.ceil(longest / band));
  const room = Math.max(1, Math.floor((band * every - 4) / letter));
  return categories.map((name, at) => {
    if ((categories.length - 1 - at) % every) return null;
    return wrapped(name, room, rows).map((words, row) => {
      const half = (words.length * letter) / 2;
      const place = { x: Math.min(Math.max(x(at), half), width - half), y: height - 6 - ROW * (rows - 1 - row) };
      return svg("text", { ...place, class: "tick", "text-anchor": "middle" }, words, svg("title", {}, name));
    });
  });
}

function wrapped(name, room, rows) {
  const space = name.length > room && rows > 1 ? name.lastIndexOf(" ", room) : -1;
  const lines = space > 0 ? [name.slice(0, space), name.slice(space + 1)] : [name];
  return lines.map((words) => (words.length > room ? `${words.slice(0, Math.max(1, room - 1))}…` : words));
}

const legend = (series) =>
  el("ul", { class: "legend" }, series.map((one, at) => el("li", {}, el("span", { class: `swatch tone-${at % 6}` }), one.name)));

function figuresTable(block) {
  const { series, segments, axis_config: axis } = block.chart;
  const raw = (text) => ({ type: "raw_text", text: String(text ?? "") });
  if (segments) return table({ rows: [[raw(""), raw("Value")], ...segments.map((one) => [raw(one.label), raw(one.value)])] }, null);
  const labels = axis?.categories ?? series[0].data.map((point) => point.label);
  const rows = labels.map((label) => [raw(label), ...series.map((one) => raw(one.data.find((point) => point.label === label)?.value))]);
  return table({ rows: [[raw(axis?.x_label), ...series.map((one) => raw(one.name))], ...rows] }, null);
}
