// One order, down to the rows of files that it came from.
import { get } from "../api.js";
import { h, link } from "../dom.js";
import { fileButtons } from "../files.js";
import { carried } from "../filters.js";
import * as format from "../format.js";
import { facts, trouble } from "../parts.js";
import { renew } from "../renew.js";
import { HIDDEN, tableOf } from "../table.js";
import { whyButton } from "../why.js";

// What is hidden leads nowhere.
function customer(id) {
  return id === HIDDEN ? id : link("/customers/" + encodeURIComponent(id) + carried(), id);
}

export function order({ main, part }) {
  const about = h("section", { class: "panel w4", "aria-label": "Order" });
  const lines = h("section", { class: "panel w8", "aria-label": "Lines" });
  main.append(h("h1", {}, part, h("small", {}, "order")), about, lines);
  about.refresh = async () => {
    try {
      const { order: known, lines: table } = await get("/orders/" + encodeURIComponent(part));
      const money = (value) => (value === null ? null : format.money(value));
      renew(about, h("header", {}, h("h2", {}, "Order")), facts({
        Customer: known.customer_id ? customer(known.customer_id) : "guest",
        Ordered: format.instant(known.ordered_at), Status: known.status, Cancelled: known.is_cancelled ? "yes" : null, Country: known.country, Channel: known.channel, Shipping: money(known.shipping), Tax: money(known.tax), Total: money(known.total),
      }));
      const why = { metric: known.first_sale_line === null ? "returns" : "spend", of: () => ({ order: part }) };
      renew(lines, h("header", {}, h("h2", {}, "Lines"), whyButton(why, "Amounts of lines"), fileButtons(`Lines of ${part}`, () => ({ path: `/orders/${encodeURIComponent(part)}/lines` }))), tableOf(table, { caption: "Lines", long: true, tight: true, only: ["line_no", "product_id", "product_name", "kind", "quantity", "unit_price", "discount", "amount", "file", "row"] }));
    } catch (error) {
      renew(about, trouble(error));
    }
  };
  about.refresh();
}
