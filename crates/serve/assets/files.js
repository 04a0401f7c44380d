// Tables as files: of the API where it gives them, in SQL for those who may ask in it, else the rows that are shown, as csv.
import { address, download, keep } from "./api.js";
import { h } from "./dom.js";
import { trouble } from "./parts.js";

const KINDS = ["csv", "xlsx", "parquet"];
let mayAsk = false;

export function useRole(role) { mayAsk = role === "admin"; }

// source: file () => {path, parameters}, query () => SQL, table () => Table that is shown; the first that there is.
export function fileButtons(title, { file, query, table }) {
  const name = title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "rows";
  const button = (kind, give) => h("button", { type: "button", class: "quiet", "aria-label": `${title} as ${kind}`, onclick: async (event) => {
    const header = event.currentTarget.closest("header, .head");
    header.querySelector(".state")?.remove();
    try { await give(); } catch (error) { header.append(trouble(error)); }
  } }, kind);
  if (file) return KINDS.map((kind) => button(kind, () => { const { path, parameters } = file(); location.assign(address(path, { ...parameters, format: kind })); }));
  if (query && mayAsk) return KINDS.map((kind) => button(kind, () => download(query(), kind, name)));
  if (!table) return [];
  return [button("csv", () => { const shown = table(); if (shown) keep(new Blob([csv(shown)], { type: "text/csv;charset=utf-8" }), name + ".csv"); })];
}

// A table's heading within a panel. name: of the files, where it is another.
export function titled(title, source, name = title) {
  return h("div", { class: "head" }, h("h3", {}, title), h("div", { class: "tools" }, fileButtons(name, source)));
}

// As the server writes it: RFC 4180, and nothing that a spreadsheet would run.
export function csv({ columns, rows }) {
  const line = (cells) => cells.map(cell).join(",") + "\n";
  return line(columns.map((column) => column.name)) + rows.map(line).join("");
}

function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const tame = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? "'" + text : text;
  return /[",\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
}

// Text and names within SQL.
export function text(value) { return `'${value.replaceAll("'", "''")}'`; }
export function quoted(name) { return `"${name.replaceAll('"', '""')}"`; }
