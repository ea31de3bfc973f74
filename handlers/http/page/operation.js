// One operation, or one event that a webhook is told.

import { element, paragraphs } from "./element.js";
import { described, example, fieldList, folded, resolved, typeOf } from "./schema.js";

const IN_PATH = { channel: "C0123456789", id: "1" };

/** The card of an operation. `token` says what stands in the field now; `renewed` collects what changes with it. */
export function operationCard(method, path, operation, root, { token, renewed }) {
  const [kind, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const body = content && (content.example ?? example(content.schema, root));
  const command = element("pre", {});
  const renew = () => { command.textContent = curl(method, path, operation, { body, kind, token: token() }); };
  renewed.push(renew);
  renew();
  return element(
    "article", { id: operation.operationId },
    element("h2", {}, operation.summary),
    address(method.toUpperCase(), path),
    paragraphs(operation.description),
    copied(command),
    parameters(operation, root),
    content ? [element("h3", {}, "Body"), bodies(operation.requestBody.content, root)] : null,
    element("h3", {}, "Answers"),
    answers(operation.responses, root),
  );
}

/** The card of an event. */
export function eventCard(name, told, root) {
  const { schema } = told.requestBody.content["application/json"];
  return element(
    "article", { id: `event-${name}` },
    element("h2", {}, name),
    paragraphs(told.description),
    folded("Its fields", () => fieldList(schema, root)),
    folded("An example", () => element("pre", {}, JSON.stringify(example(schema, root), null, 2))),
  );
}

function address(method, path) {
  return element("div", { class: "address" }, element("span", { class: `method ${method}` }, method), element("code", {}, path));
}

function copied(command) {
  const button = element("button", { type: "button" }, "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(command.textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  return element("div", { class: "command" }, command, button);
}

/** The command that asks for this; quotes within its words are written as a shell reads them. */
function curl(method, path, operation, { body, kind, token }) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => IN_PATH[name] ?? "1");
  const query = (operation.parameters ?? []).some((one) => one.name === "channel" && one.in === "query") ? "?channel=support" : "";
  const lines = [`curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}'${location.origin}${filled}${query}'`];
  if (operation.security?.length !== 0) lines.push(`-H ${token ? quoted(`Authorization: Bearer ${token}`) : '"Authorization: Bearer $ASSAY_TOKEN"'}`);
  if (body !== undefined) lines.push(`-H 'Content-Type: ${kind}'`, `-d ${quoted(JSON.stringify(body, null, 2))}`);
  return lines.join(" \\\n  ");
}

function quoted(words) {
  return `'${words.replaceAll("'", "'\\''")}'`;
}

function parameters(operation, root) {
  const rows = (operation.parameters ?? []).flatMap((one) => {
    const schema = { ...one.schema, description: [one.in === "header" ? "A header." : "", one.description].filter(Boolean).join(" ") };
    return described(one.name, schema, one.required, root);
  });
  return rows.length ? [element("h3", {}, "Parameters"), element("dl", {}, rows)] : null;
}

function bodies(content, root) {
  return Object.entries(content).map(([kind, { schema }]) =>
    element("div", {}, element("code", {}, kind), ` ${resolved(schema, root).description ?? typeOf(schema, root)}`, fieldList(schema, root) ? folded("Fields", () => fieldList(schema, root)) : null));
}

function answers(responses, root) {
  const good = Object.entries(responses).filter(([status]) => status < "400");
  const bad = Object.entries(responses).filter(([status]) => status >= "400");
  const shown = good.map(([status, answer]) => {
    const [kind, content] = Object.entries(answer.content ?? {})[0] ?? [];
    const inside = () => element(
      "div", {},
      content ? [element("code", {}, kind), ` ${typeOf(content.schema, root)}`, fieldList(content.schema, root)] : "No body.",
      Object.entries(answer.headers ?? {}).flatMap(([name, header]) => described(name, { ...header.schema, description: `A header. ${header.description ?? ""}`.trim() }, false, root)),
      content ? element("pre", {}, JSON.stringify(example(content.schema, root), null, 2)) : null,
    );
    return folded(`${status} ${answer.description}`, inside);
  });
  const problem = Object.values(bad[0]?.[1].content ?? {})[0]?.schema;
  const problems = () => [
    element("dl", {}, bad.map(([status, answer]) => [element("dt", {}, element("code", {}, status)), element("dd", {}, answer.description)])),
    element("p", {}, "Each is a document of this form:"), fieldList(problem, root),
  ];
  return bad.length ? [...shown, folded(`${bad[0][0]} to ${bad.at(-1)[0]} Problems`, problems)] : shown;
}
