// Where a figure comes from: its definition, its SQL, the order lines and files behind it.
import { get } from "./api.js";
import { fill, h } from "./dom.js";
import { filters } from "./filters.js";
import * as format from "./format.js";
import { tableOf } from "./table.js";

export async function why(metric) {
  const dialog = document.getElementById("why");
  const close = h("button", { type: "button", class: "close quiet", onclick: () => dialog.close() }, "Close");
  fill(dialog, close, h("h2", { id: "why-title" }, "Why"), h("p", { class: "state" }, "Loading …"));
  if (!dialog.open) dialog.showModal();
  try {
    const found = await get("/why", { metric, ...filters() });
    const unit = found.metric.unit;
    fill(dialog, close, h("h2", { id: "why-title" }, found.metric.title),
      h("p", { class: "big" }, format.figure(found.value, unit)), h("p", {}, found.metric.description),
      h("h3", {}, "The query behind it"), h("pre", { tabindex: "0" }, found.sql),
      found.loads ? [h("h3", {}, "Files that its order lines came in"), tableOf(found.loads, { caption: "Loads", only: ["load", "name", "lines", "rows", "used", "rejected", "pending", "merged", "superseded"] })] : null,
      found.lines ? [h("h3", {}, "Its largest order lines, with file and row"), tableOf(found.lines, { caption: "Order lines", only: ["order_id", "day", "product_name", "kind", "quantity", "unit_price", "amount", "file", "row"] })] : null,
      h("h3", {}, "Models"), found.models.map((model) => h("details", {}, h("summary", {}, model.file), h("pre", { tabindex: "0" }, model.sql))));
  } catch (error) {
    fill(dialog, close, h("h2", { id: "why-title" }, "Why"), h("p", { class: "state error" }, error.message, error.advice ? h("small", {}, error.advice) : null));
  }
}
