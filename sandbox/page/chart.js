// `data_visualization`: lines, areas and bars as one drawing, and the same figures as a table that is always there to read.
import { el, svg } from "./dom.js";
import { table } from "./tables.js";

const WIDTH = 480;
const HEIGHT = 200;
const LEFT = 42;
const BOTTOM = 22;
const TOP = 8;

export function chart(block) {
  const { type, series, axis_config: axis } = block.chart;
  const figures = el("details", {}, el("summary", {}, "Figures as a table"), figuresTable(block));
  if (!series?.length || !["line", "area", "bar"].includes(type)) {
    figures.open = true;
    return el("figure", { class: "figure chart" }, el("figcaption", {}, block.title), figures);
  }
  const picture = drawing(type, series, axis?.categories ?? series[0].data.map((point) => point.label));
  picture.setAttribute("aria-label", `${block.title}. The figures follow as a table.`);
  return el("figure", { class: "figure chart" }, el("figcaption", {}, block.title, axis?.y_label ? el("span", { class: "quiet" }, ` · ${axis.y_label}`) : null),
    picture, legend(series), figures);
}

function drawing(type, series, categories) {
  const scale = scaleOf(series, type, categories.length);
  const marks = series.map((one, at) => MARKS[type](points(one, categories, scale), at, { scale, count: series.length }));
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", class: "chart-picture" }, grid(scale), days(categories, scale), marks);
}

function scaleOf(series, type, count) {
  const values = series.flatMap((one) => one.data.map((point) => point.value));
  const low = type === "line" ? Math.min(...values, niceBelow(values)) : Math.min(0, ...values);
  const high = Math.max(...values, low + 1e-9);
  const step = niceStep((high - low) / 4);
  const from = Math.floor(low / step) * step;
  const to = Math.ceil(high / step) * step;
  const band = (WIDTH - LEFT - 8) / Math.max(1, count);
  return { from, to, step, band, x: (at) => LEFT + band * (at + 0.5), y: (value) => TOP + ((to - value) / (to - from)) * (HEIGHT - TOP - BOTTOM) };
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

function grid({ from, to, step, y }) {
  const count = Math.round((to - from) / step);
  return Array.from({ length: count + 1 }, (_, at) => from + at * step).map((value) => [
    svg("path", { d: `M${LEFT} ${y(value)}H${WIDTH - 8}`, class: "grid" }),
    svg("text", { x: LEFT - 6, y: y(value) + 3.5, class: "tick", "text-anchor": "end" }, String(Number(value.toPrecision(6)))),
  ]);
}

function days(categories, scale) {
  const every = Math.ceil(categories.length / 7);
  return categories.map((label, at) => (at % every ? null : svg("text", { x: scale.x(at), y: HEIGHT - 6, class: "tick", "text-anchor": "middle" }, label)));
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
