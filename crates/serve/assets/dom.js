// Elements without templates: h("p", {class: "note"}, "text", child). Text is always text, never markup.
// key: what an element is of, by which renew.js knows it again.
const heard = new WeakMap();

export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "key") element.key = value;
    else if (name.startsWith("on")) hear(element, name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  add(element, children);
  return element;
}

// One listener an event, which looks up what it does: an element that stays can be given what its successor would do.
function hear(element, event, does) {
  if (!heard.has(element)) heard.set(element, new Map());
  const known = heard.get(element);
  if (!known.has(event)) element.addEventListener(event, (told) => known.get(event)?.(told));
  known.set(event, does);
}

export function hearAs(element, successor) {
  const known = heard.get(element);
  const next = heard.get(successor) || new Map();
  for (const event of known ? known.keys() : []) if (!next.has(event)) known.set(event, null);
  for (const [event, does] of next) hear(element, event, does);
}

export function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}

export function add(element, children) {
  element.append(...nodes(children));
}

export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
}

export function svg(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

// A link within the page: the router takes it.
export function link(href, ...children) {
  return h("a", { href, "data-link": true }, children);
}
