// A table of the API as a real table.
import { h, link } from "./dom.js";
import { carried } from "./filters.js";
import * as format from "./format.js";

// What a viewer sees of what is personal.
export const HIDDEN = "•••";

const NUMBERS = new Set(["integer", "decimal", "number"]);
const KEYS = new Set(["order_id", "product_id", "customer_id", "antecedent", "consequent", "line_no", "landed_table", "rule", "model", "check_name"]);
const LINKS = {
  customer_id: (value) => `/customers/${encodeURIComponent(value)}`,
  product_id: (value) => `/products/${encodeURIComponent(value)}`,
  antecedent: (value) => `/products/${encodeURIComponent(value)}`,
  consequent: (value) => `/products/${encodeURIComponent(value)}`,
  because: (value) => `/products/${encodeURIComponent(value)}`,
  order_id: (value) => `/orders/${encodeURIComponent(value)}`,
};

// options: caption, only (names of columns, in order), fresh (ids of first cells that are new), tight (long ids are cut), cells {name: (value, row) => node}, titles
export function tableOf(table, options = {}) {
  const all = table.columns.map((column, index) => ({ ...column, index }));
  const columns = options.only ? options.only.map((name) => all.find((column) => column.name === name)).filter(Boolean) : all;
  if (!table.rows.length) return h("p", { class: "state" }, options.empty || "Nothing here.");
  const isNumber = (column) => NUMBERS.has(column.kind) && !/(^|_)(load|run|row|line)$/.test(column.name);
  const head = columns.map((column) => h("th", { scope: "col", class: isNumber(column) ? "n" : null }, (options.titles || {})[column.name] || format.title(column.name)));
  const keyOf = keys(columns.filter((column) => KEYS.has(column.name)), columns[0]);
  const body = table.rows.map((row) => {
    const cells = columns.map((column) => {
      const value = row[column.index];
      const shown = (options.cells || {})[column.name] ? options.cells[column.name](value, row) : shownCell(value, column);
      return h("td", { class: classOf(column, isNumber) }, shown);
    });
    return h("tr", { key: keyOf(row), class: options.fresh && options.fresh.has(row[0]) ? "new" : null }, cells);
  });
  return h("div", { class: "scroll" + (options.long ? " long" : "") + (options.tight ? " tight" : ""), tabindex: "0", role: "region", "aria-label": options.caption || "Table" },
    h("table", {}, h("caption", { class: "hidden" }, options.caption || "Table"), h("thead", {}, h("tr", {}, head)), h("tbody", {}, body)));
}

function classOf(column, isNumber) {
  if (isNumber(column)) return "n";
  if (column.kind === "day" || column.kind === "instant") return "when";
  return column.name === "raw" || column.name === "samples" ? "raw" : null;
}

// What a row is of, so that it is the same row wherever it stands after a refresh.
function keys(known, first) {
  const seen = new Map();
  return (row) => {
    const key = (known.length ? known : [first]).map((column) => String(row[column.index])).join("\n");
    const times = (seen.get(key) || 0) + 1;
    seen.set(key, times);
    return times > 1 ? `${key}\n${times}` : key;
  };
}

function shownCell(value, column) {
  const text = format.cell(value, column);
  const to = LINKS[column.name];
  if (!to || !value || value === HIDDEN) return text;
  const anchor = link(to(value) + carried(), text);
  // In a narrow table a long id is cut; shorter ones may differ in their last digits alone.
  if (text.length > 14) { anchor.title = text; anchor.className = "long"; }
  return anchor;
}
