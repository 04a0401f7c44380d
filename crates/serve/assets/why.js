// Where a figure comes from: its definition, its SQL, the order lines and files behind it.
import { get } from "./api.js";
import { fill, h } from "./dom.js";
import { text } from "./files.js";
import { filters } from "./filters.js";
import * as format from "./format.js";
import { tableOf } from "./table.js";
import { trouble } from "./parts.js";

let metrics = null;

// Metrics that can be asked why, by name.
export function defined() {
  metrics = metrics || get("/metrics").then((all) => new Map(all.filter((metric) => metric.table).map((metric) => [metric.name, metric])));
  metrics.catch(() => { metrics = null; });
  return metrics;
}

// asked: a metric's name, or {metric, of () => period and filters where they are not the page's, note: what is not narrowed,
// known: a figure {title, value, unit, description} that no metric defines}.
export function whyButton(asked, of, shown = "why") {
  return h("button", { type: "button", class: "quiet", "aria-label": `Why: ${of}`, onclick: () => why(typeof asked === "string" ? { metric: asked } : asked) }, shown);
}

// What is told where the API cannot narrow a figure.
export function allOf(things) {
  return `Of all ${things} together: the question knows period, country, category and channel, not one of them alone.`;
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

async function why({ metric, of = filters, note, known }) {
  const dialog = document.getElementById("why");
  const close = h("button", { type: "button", class: "close quiet", onclick: () => dialog.close() }, "Close");
  const show = (title, ...parts) => fill(dialog, close, h("h2", { id: "why-title" }, title), parts);
  const figure = (value, unit) => h("p", { class: "big" }, format.figure(value, unit));
  show("Why", h("p", { class: "state" }, "Loading …"));
  if (!dialog.open) dialog.showModal();
  if (known) return show(known.title, h("p", { class: "note" }, scope(of())), figure(known.value, known.unit), h("p", {}, known.description), h("p", { class: "note" }, "It is counted for this page; no metric of models/metrics.yaml defines it."));
  try {
    const asked = of();
    const found = await get("/why", { metric, ...asked });
    // A definition may lie over a table that does not have them.
    const left = ["country", "category", "channel"].filter((name) => asked[name] && !found.sql.includes(text(asked[name])));
    show(found.metric.title, h("p", { class: "note" }, scope(asked)), note ? h("p", { class: "note" }, note) : null,
      left.length ? h("p", { class: "note" }, `Of the whole shop: the table ${found.metric.table} does not narrow this figure by ${left.join(" or ")}.`) : null,
      figure(found.value, found.metric.unit), h("p", {}, found.metric.description),
      h("h3", {}, "The query behind it"), h("pre", { tabindex: "0" }, found.sql),
      found.loads ? [h("h3", {}, "Files that its order lines came in"), tableOf(found.loads, { caption: "Loads", only: ["load", "name", "lines", "rows", "used", "rejected", "pending", "merged", "superseded"] })] : null,
      found.lines ? [h("h3", {}, "Its largest order lines, with file and row"), tableOf(found.lines, { caption: "Order lines", only: ["order_id", "day", "product_name", "kind", "quantity", "unit_price", "amount", "file", "row"] })] : null,
      h("h3", {}, "Models"), found.models.map((model) => h("details", {}, h("summary", {}, model.file), h("pre", { tabindex: "0" }, model.sql))));
  } catch (error) {
    show("Why", trouble(error));
  }
}

// What was asked of, in words.
function scope({ from, to, country, category, channel }) {
  const period = !from && !to ? "All time" : from === to ? format.day(from) : `${from ? format.day(from) : "…"} – ${to ? format.day(to) : "…"}`;
  return [period, country, category, channel].filter(Boolean).join(" · ");
}
