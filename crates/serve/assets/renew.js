// Draws anew what is other, and leaves alone what is the same: an element that stays keeps the keyboard's focus, its scroll
// position and what is selected in it, however often tables are published.
import { hearAs, nodes } from "./dom.js";

const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";

// As fill of dom.js, but by changing what is there. Nodes that the caller keeps (a chart, a log) stay in the page meanwhile.
export function renew(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  const at = focused ? focusable(element).indexOf(focused) : 0;
  follow(element, nodes(children));
  if (!focused || document.activeElement === focused) return;
  // It was moved, or its row is gone: then what stands there now.
  const now = focusable(element);
  const next = focused.isConnected ? focused : now[Math.min(at, now.length - 1)];
  if (next) next.focus({ preventScroll: true });
}

function focusable(element) { return [...element.querySelectorAll(FOCUSABLE)]; }

function follow(parent, list) {
  const left = new Set(parent.childNodes);
  for (const node of list) left.delete(node);
  // Each finds its predecessor: of its key, else the first of its kind.
  const found = list.map((node) => {
    if (node.parentNode === parent) return node;
    for (const old of left) if (isSuccessor(old, node)) { left.delete(old); return old; }
    return null;
  });
  // What is gone goes first, so that the others need not move.
  for (const old of left) old.remove();
  let at = parent.firstChild;
  list.forEach((node, index) => {
    const old = found[index];
    if (old && old === at) at = at.nextSibling;
    else parent.insertBefore(old || node, at);
    if (old && old !== node) become(old, node);
  });
}

function isSuccessor(old, node) {
  return old.nodeType === node.nodeType && old.nodeName === node.nodeName && old.key === node.key;
}

function become(old, node) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== node.data) old.data = node.data;
    return;
  }
  for (const { name } of [...old.attributes]) if (!node.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of node.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  hearAs(old, node);
  follow(old, [...node.childNodes]);
  // What was typed or chosen is no attribute.
  if (old.matches("input, select") && old.value !== node.value) old.value = node.value;
}
