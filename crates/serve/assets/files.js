// Tables as files, which the API gives.
import { address } from "./api.js";
import { h } from "./dom.js";

const KINDS = ["csv", "xlsx", "parquet"];

// file: () => {path, parameters}; nothing is offered without.
export function fileButtons(title, file) {
  if (!file) return [];
  return KINDS.map((kind) => h("button", { type: "button", class: "quiet", "aria-label": `${title} as ${kind}`, onclick: () => {
    const { path, parameters } = file();
    location.assign(address(path, { ...parameters, format: kind }));
  } }, kind));
}

// A table's heading within a panel. name: of the table, where it is another.
export function titled(title, file, name = title) {
  return h("div", { class: "head" }, h("h3", {}, title), h("div", { class: "tools" }, fileButtons(name, file)));
}
