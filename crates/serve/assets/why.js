// Where a figure comes from: its definition, its SQL, the order lines and files behind it.
import { get } from "./api.js";
import { fill, h } from "./dom.js";
import { titled } from "./files.js";
import { filters } from "./filters.js";
import * as format from "./format.js";
import { HIDDEN, tableOf } from "./table.js";
import { trouble } from "./parts.js";

let metrics = null;

// Metrics that can be asked why, by name.
export function defined() {
  metrics = metrics || get("/metrics").then((all) => new Map(all.filter((metric) => metric.table).map((metric) => [metric.name, metric])));
  metrics.catch(() => { metrics = null; });
  return metrics;
}

// asked: a metric's name, or {metric, of () => period, filters, product, customer and order where they are not the page's,
// note: what is not narrowed; by, one: see whyCells}.
export function whyButton(asked, of, shown = "why") {
  return h("button", { type: "button", class: "quiet", "aria-label": `Why: ${of}`, onclick: () => why(typeof asked === "string" ? { metric: asked } : asked) }, shown);
}

// A figure that answers for itself; of: () => what it is of.
export function whyFigure(metric, of, title, shown) {
  return shown === null ? null : whyButton({ metric, of }, `${title}, ${shown}`, shown);
}

// What is told of the figure above a list.
export function allOf(things) {
  return `Of all ${things} together; each figure of the list answers for its own.`;
}

const PLACES = ["country", "category", "channel"];

const COUNTED = ["spend", "gross_sales", "returns", "orders", "units", "average_order_value"];

// Cells of a table that answer. by: rows are of a day, week, month, country, category or channel, and their first cell answers;
// one: they are of a product or a customer, and their figures do.
export function whyCells(asked, title, table) {
  const { by, one, of = filters } = typeof asked === "object" && asked ? asked : {};
  if (by) {
    return { [by]: (value) => {
      if (value === null) return "";
      const text = ["day", "week", "month"].includes(by) ? format.day(value) : String(value);
      return whyButton({ ...asked, of: () => within(by, value, of) }, `${title}, ${text}`, text);
    } };
  }
  if (!one) return {};
  const at = table.columns.findIndex((column) => column.name === one + "_id");
  const known = (row) => row[at] !== null && row[at] !== HIDDEN;
  return Object.fromEntries(table.columns.filter((column) => COUNTED.includes(column.name)).map((column) => [column.name, (value, row) => {
    const text = format.cell(value, column);
    return text && known(row) ? whyFigure(column.name, () => ({ ...of(), [one]: row[at] }), `${format.title(column.name)} of ${row[at]}`, text) : text;
  }]));
}

const RULE = { both_baskets: "rule_baskets", support: "rule_support", confidence: "rule_confidence", lift: "rule_lift", certainty: "rule_certainty", p_value: "rule_p_value" };

// Figures of a list of rules. ids: (cell (name) => value) => [antecedent, consequent]; shown: {name: (value) => text}.
export function ruleCells(table, ids, shown = {}) {
  const at = Object.fromEntries(table.columns.map((column, index) => [column.name, index]));
  return Object.fromEntries(table.columns.filter((column) => RULE[column.name]).map((column) => [column.name, (value, row) => {
    const text = value === null ? "" : (shown[column.name] || format.cell)(value, column);
    const [antecedent, consequent] = ids((name) => row[at[name]]);
    return text && whyFigure(RULE[column.name], () => ({ antecedent, consequent }), `${format.title(column.name)} of ${antecedent} → ${consequent}`, text);
  }]));
}

// Amounts of a list of orders. What was taken back is in an order's amount but in no figure that is of sales alone.
export function amountCells(table) {
  const at = Object.fromEntries(table.columns.map((column, index) => [column.name, index]));
  return { amount: (value, row) => {
    const text = format.cell(value, table.columns[at.amount]);
    const isSale = value > 0 && !row[at.is_cancelled] && !["returned", "refunded"].includes(row[at.status]);
    return isSale ? whyFigure("spend", () => ({ order: row[at.order_id] }), `Amount of ${row[at.order_id]}`, text) : text;
  } };
}

// One row of a table by day, week, month, country, category or channel: the period and filters narrowed to it.
export function within(by, value, of = filters) {
  const all = of();
  if (!["day", "week", "month"].includes(by)) return { ...all, [by]: value };
  const from = format.dayNumber(value);
  const date = new Date(value + "T00:00:00Z");
  const after = by === "day" ? from + 1 : by === "week" ? from + 7 : Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / 86400000;
  const [first, last] = [value, format.dayText(after - 1)];
  return { ...all, from: all.from && all.from > first ? all.from : first, to: all.to && all.to < last ? all.to : last };
}

async function why({ metric, of = filters, note }) {
  const dialog = document.getElementById("why");
  const close = h("button", { type: "button", class: "close quiet", onclick: () => dialog.close() }, "Close");
  const show = (title, ...parts) => fill(dialog, close, h("h2", { id: "why-title" }, title), parts);
  show("Why", h("p", { class: "state" }, "Loading …"));
  if (!dialog.open) {
    const [asker, around] = [document.activeElement, document.activeElement?.closest("section")];
    dialog.showModal();
    // The browser gives the focus back to what had it; where a refresh took that away (a row that is gone), what stands around it.
    dialog.addEventListener("close", () => { if (!asker?.isConnected) (around?.isConnected && around.querySelector("button, a, [tabindex]") || document.getElementById("main")).focus({ preventScroll: true }); }, { once: true });
  }
  try {
    const asked = { metric, ...of() };
    // A definition may lie over a table that does not know them; the server refuses to leave them out in silence.
    const { narrowed_by: known } = (await defined()).get(metric) || { narrowed_by: PLACES };
    const left = PLACES.filter((name) => asked[name] && !known.includes(name));
    for (const name of left) delete asked[name];
    const found = await get("/why", asked);
    const file = (path) => () => ({ path, parameters: asked });
    show(found.metric.title, h("p", { class: "note" }, scope(asked)), note ? h("p", { class: "note" }, note) : null,
      left.length ? h("p", { class: "note" }, `Of the whole shop: the table ${found.metric.table} does not narrow this figure by ${left.join(" or ")}.`) : null,
      h("p", { class: "big" }, format.figure(found.value, found.metric.unit)), h("p", {}, found.metric.description),
      h("h3", {}, "The query behind it"), h("pre", { tabindex: "0" }, found.sql),
      found.loads ? [titled("Files that its order lines came in", file("/why/loads")), tableOf(found.loads, { caption: "Loads", only: ["load", "name", "lines", "rows", "used", "rejected", "pending", "merged", "superseded"] })] : null,
      found.lines ? [titled(found.lines.more ? "Its largest order lines, with file and row" : "Its order lines, with file and row", file("/why/lines")), tableOf(found.lines, { caption: "Order lines", only: ["order_id", "day", "product_name", "kind", "quantity", "unit_price", "amount", "file", "row"] })] : null,
      h("h3", {}, "Models"), found.models.map((model) => h("details", {}, h("summary", {}, model.file), h("pre", { tabindex: "0" }, model.sql))));
  } catch (error) {
    show("Why", trouble(error));
  }
}

// What was asked of, in words.
function scope({ from, to, country, category, channel, product, customer, order, antecedent, consequent }) {
  const period = !from && !to ? "All time" : from === to ? format.day(from) : `${from ? format.day(from) : "…"} – ${to ? format.day(to) : "…"}`;
  const one = Object.entries({ product, customer, order }).filter(([, id]) => id).map(([what, id]) => `${what} ${id}`);
  return [period, country, category, channel, ...one, antecedent && `${antecedent} → ${consequent}`].filter(Boolean).join(" · ");
}
