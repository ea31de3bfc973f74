// JSON schemas, as a list of fields that can be opened, and as an example.

import { element } from "./element.js";

const DEEPEST = 6;

/** What a reference in the document leads to. */
export function resolved(schema, root) {
  if (!schema?.$ref) return schema ?? {};
  return schema.$ref.slice(2).split("/").reduce((found, part) => found[part], root);
}

/** The type in a few words: "string or null", "list of Receipt", "approved | edited". */
export function typeOf(schema, root) {
  if (schema?.$ref) return schema.$ref.split("/").pop();
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.join(" | ");
  const several = schema.oneOf || schema.anyOf;
  if (several) return several.map((one) => typeOf(one, root)).join(" or ");
  if (schema.allOf) return schema.allOf.map((one) => typeOf(one, root)).join(" with ");
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {}, root)}`;
  const plain = [schema.type ?? "anything"].flat().join(" or ");
  return schema.format ? `${plain} (${schema.format})` : plain;
}

/** The fields of an object behind a schema, or of each item of a list; empty where there are none. */
function fieldsOf(schema, root) {
  const found = resolved(schema, root);
  if (found.properties) return { fields: found.properties, needed: found.required ?? [] };
  if (found.items) return fieldsOf(found.items, root);
  const parts = [...(found.oneOf ?? []), ...(found.anyOf ?? []), ...(found.allOf ?? [])];
  const inner = parts.map((part) => fieldsOf(part, root));
  return { fields: Object.assign({}, ...inner.map((one) => one.fields)), needed: inner.flatMap((one) => one.needed) };
}

/** Bounds that a value must keep. */
function bounds(schema) {
  const said = [];
  if (![undefined, null, ""].includes(schema.default)) said.push(`without it ${JSON.stringify(schema.default)}`);
  if (schema.minimum !== undefined) said.push(`from ${schema.minimum}`);
  if (schema.maximum !== undefined) said.push(`to ${schema.maximum}`);
  const longest = schema.maxLength ?? schema.anyOf?.find((one) => one.maxLength)?.maxLength;
  if (longest !== undefined) said.push(`up to ${longest} characters`);
  if (schema.maxItems !== undefined) said.push(`up to ${schema.maxItems}`);
  return said.join(", ");
}

/** A list of fields; what is inside of each can be opened. */
export function fieldList(schema, root, depth = 0) {
  const { fields, needed } = fieldsOf(schema, root);
  const rows = Object.entries(fields).flatMap(([name, field]) => described(name, field, needed.includes(name), root, depth));
  return rows.length ? element("dl", {}, rows) : null;
}

/** One field or parameter: its name and type, what it is, what is inside of it. */
export function described(name, schema, needed, root, depth = 0) {
  const found = resolved(schema, root);
  const inner = depth < DEEPEST && Object.keys(fieldsOf(schema, root).fields).length > 0;
  const about = schema.description ?? found.description, within = bounds(schema);
  const said = about && within ? `${about} (${within})` : about || within;
  const type = element("small", {}, ` ${typeOf(schema, root)}${needed ? ", needed" : ""}`);
  const opened = () => fieldList(schema, root, depth + 1);
  return [
    element("dt", {}, element("code", {}, name), type),
    said || inner ? element("dd", {}, said, inner ? folded("Its fields", opened) : null) : null,
  ];
}

/** Something that is made when it is first opened. */
export function folded(title, make) {
  const made = element("details", {}, element("summary", {}, title));
  made.addEventListener("toggle", () => made.open && made.children.length === 1 && made.append(...[make()].flat(2).map((one) => one ?? "")));
  return made;
}

/** A value that fits a schema. */
export function example(schema, root, depth = 0) {
  const found = resolved(schema, root);
  if (found.examples) return found.examples[0];
  if (found.const !== undefined) return found.const;
  if (found.enum) return found.enum[0];
  if (found.allOf) return Object.assign({}, ...found.allOf.map((one) => example(one, root, depth)));
  const chosen = (found.oneOf || found.anyOf)?.find((one) => one.type !== "null");
  if (chosen) return example(chosen, root, depth);
  const kind = [found.type].flat()[0];
  if (kind === "array") return depth < DEEPEST ? [example(found.items, root, depth + 1)] : [];
  if (found.properties && depth < DEEPEST) {
    return Object.fromEntries(Object.entries(found.properties).map(([name, one]) => [name, example(one, root, depth + 1)]));
  }
  if (kind === "object") return {};
  if (kind === "string") return { "date-time": "2026-11-20T09:00:00+00:00", date: "2026-11-20" }[found.format] ?? "…";
  return { integer: 1, number: 0.5, boolean: false }[kind] ?? null;
}
