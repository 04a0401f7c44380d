// Small parts that pages share.
import { h } from "./dom.js";

export function facts(of) {
  const known = Object.entries(of).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", { class: "facts" }, known.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

export function pages(offset, size, more, go) {
  if (!offset && !more) return null;
  return h("div", { class: "pager" },
    h("button", { type: "button", disabled: offset === 0, onclick: () => go(Math.max(0, offset - size)) }, "Previous"),
    h("button", { type: "button", disabled: !more, onclick: () => go(offset + size) }, "Next"));
}

export function trouble(error) {
  return h("p", { key: "trouble", class: "state error", role: "alert" }, error.message, error.advice ? h("small", {}, error.advice) : null);
}
