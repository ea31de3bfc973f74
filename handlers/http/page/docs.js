// The page: reads the OpenAPI document once and shows it. The token lives in the field and nowhere else.

import { element, paragraphs } from "./element.js";
import { eventCard, operationCard } from "./operation.js";

const DOCUMENT = "/api/v1/openapi.json";
const field = document.getElementById("token");
const renewed = [];

field.addEventListener("input", () => renewed.forEach((renew) => renew()));
show();

async function show() {
  const main = document.getElementById("operations");
  try {
    const answer = await fetch(DOCUMENT);
    if (!answer.ok) throw new Error(`${answer.status}`);
    draw(await answer.json(), main);
  } catch (error) {
    const again = element("button", { type: "button", onclick: show }, "Try again");
    main.replaceChildren(element("p", { role: "alert" }, `The document could not be read (${error.message}). `, again));
  }
}

function draw(root, main) {
  document.getElementById("version").textContent = root.info.version;
  document.getElementById("about").replaceChildren(...paragraphs(root.info.description));
  renewed.length = 0;
  const token = () => field.value.trim();
  const cards = [], links = [];
  for (const [path, methods] of Object.entries(root.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      cards.push(operationCard(method, path, operation, root, { token, renewed }));
      links.push(link(operation.operationId, method.toUpperCase(), operation.summary));
    }
  }
  for (const [name, { post }] of Object.entries(root.webhooks)) {
    cards.push(eventCard(name, post, root));
    links.push(link(`event-${name}`, "TOLD", name));
  }
  document.getElementById("contents").replaceChildren(element("ul", {}, links));
  main.replaceChildren(...cards);
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

function link(id, kind, words) {
  return element("li", {}, element("a", { href: `#${id}` }, element("b", { class: `method ${kind}` }, kind), element("span", {}, words)));
}
