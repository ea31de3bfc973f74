// Elements are made of text only: nothing that the document says becomes markup.

/** An element with attributes and children; strings become text. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

/** Paragraphs of a text, divided where it has empty lines. */
export function paragraphs(text) {
  return (text || "").split("\n\n").filter(Boolean).map((part) => element("p", {}, part));
}
