// Who buys, and whether they come back.
import { get, objects } from "../api.js";
import { categories, heatmap, values } from "../charts.js";
import { h } from "../dom.js";
import { filters, place } from "../filters.js";
import * as format from "../format.js";
import { fileButtons } from "../files.js";
import { panel } from "../panel.js";
import { pagedList, sortBy } from "../lists.js";
import { facts, trouble } from "../parts.js";
import { renew } from "../renew.js";
import { tableOf } from "../table.js";
import { allOf, amountCells, ruleCells, whyCells, whyFigure } from "../why.js";

export function customers({ main }) {
  main.append(h("h1", { class: "hidden" }, "Customers"),
    panel({
      title: "Cohorts: share that bought again", wide: "w8", height: "tall", why: { metric: "retention", of: place }, load: () => get("/cohorts", place()), note: "Customers by the month of their first purchase, and the share of them that bought in each month after it; over all time.",
      chart: (table) => {
        const rows = objects(table).filter((row) => row.age > 0);
        const cohorts = [...new Set(objects(table).map((row) => row.cohort))].sort();
        const oldest = Math.max(1, ...rows.map((row) => row.age));
        const ages = Array.from({ length: oldest }, (_, index) => index + 1);
        return heatmap(ages.map((age) => "+" + age), cohorts.map((cohort) => cohort.slice(0, 7)), rows.map((row) => [row.age - 1, cohorts.indexOf(row.cohort), row.retention, row.customers]), "ratio",
          ([age, cohort, retention, count]) => `${cohorts[cohort].slice(0, 7)}, ${age + 1} months later\n${format.percent(retention)} (${format.count(count)} customers)`);
      },
      file: () => ({ path: "/cohorts", parameters: place() }),
    }),
    repeaters(),
    panel({
      title: "Days between purchases", wide: "w12", height: "short", why: { metric: "days_to_next_purchase", of: place, note: "The figure is the middle of all that the chart shows." }, load: () => get("/repeaters/gaps", place()), file: () => ({ path: "/repeaters/gaps", parameters: place() }),
      chart: (table) => {
        const rows = objects(table);
        const longest = Math.min(180, Math.max(...rows.map((row) => row.days)));
        const times = new Map(rows.map((row) => [row.days, row.times]));
        const days = Array.from({ length: longest }, (_, index) => index + 1);
        return { tooltip: { trigger: "axis", valueFormatter: (value) => format.count(value) }, xAxis: categories(days), yAxis: values("count"), series: [{ type: "bar", data: days.map((day) => times.get(day) || 0), barCategoryGap: "20%" }] };
      },
    }),
    list());
}

function repeaters() {
  return panel({
    title: "Repeat rate", wide: "w4", why: { metric: "repeat_customers", of: place }, load: () => get("/repeaters", place()),
    draw: (found) => {
      // Who came back, and when, is defined of the whole shop; of a part of it the numbers are others.
      const figure = (metric, title, text) => (Object.values(place()).some(Boolean) ? text : whyFigure(metric, () => ({}), title, text));
      const days = "Median days to the next purchase";
      return [h("p", { class: "big" }, found.share === null ? "–" : format.percent(found.share)),
        facts({ Customers: whyFigure("customers", place, "Customers, ever", format.count(found.customers)),
          "Bought more than once": figure("repeat_customers", "Bought more than once", format.count(found.repeaters)), [days]: figure("days_to_next_purchase", days, median(objects(found.gaps))) })];
    },
  });
}

function median(rows) {
  const all = rows.reduce((sum, row) => sum + row.times, 0);
  let seen = 0;
  for (const row of rows) { seen += row.times; if (seen * 2 >= all) return format.count(row.days); }
  return "–";
}

function list() {
  const paged = pagedList(25, () => section.refresh());
  const order = sortBy("customers", { spend: "spend", orders: "orders" }, () => section.refresh());
  const why = { metric: "spend", one: "customer", note: allOf("customers") };
  const section = panel({
    title: "Customers", wide: "w12", extra: order.choice, why, load: () => get("/customers", { ...filters(), sort: order.now(), ...paged.window() }),
    draw: (table) => [tableOf(table, { caption: "Customers", long: true, cells: whyCells(why, "Customers", table) }), paged.buttons(table.more)],
    file: () => ({ path: "/customers", parameters: { ...filters(), sort: order.now() } }),
  });
  return section;
}

export function customer({ main, part }) {
  const about = h("section", { class: "panel w4", "aria-label": "Customer" });
  const orders = h("section", { class: "panel w8", "aria-label": "Orders" });
  const next = h("section", { class: "panel w12", "aria-label": "Recommendations" });
  main.append(h("h1", {}, part, h("small", {}, "customer")), about, orders, next);
  about.refresh = async () => {
    try {
      const found = await get("/customers/" + encodeURIComponent(part));
      const known = found.customer;
      const figure = (metric, title, unit) => known[metric] === null ? null : whyFigure(metric, () => ({ customer: part }), title, unit ? format.money(known[metric]) : format.count(known[metric]));
      renew(about, h("header", {}, h("h2", {}, known.name || part)), facts({
        Email: known.email, City: known.city, Country: known.country, "First purchase": known.first_day && format.day(known.first_day), "Last purchase": known.last_day && format.day(known.last_day),
        Orders: figure("orders", "Orders"), Units: figure("units", "Units"), Spend: figure("spend", "Spend", "currency"), "Avg. order value": figure("average_order_value", "Avg. order value", "currency"), "Rank by spend": known.rank,
      }));
      renew(orders, h("header", {}, h("h2", {}, "Orders, returns included"), fileButtons(`Orders of ${part}`, () => ({ path: `/customers/${encodeURIComponent(part)}/orders` }))), tableOf(found.orders, { caption: "Orders", long: true, only: ["order_id", "ordered_at", "status", "lines", "units", "amount"], empty: "No orders.", cells: amountCells(found.orders) }));
      renew(next, h("header", {}, h("h2", {}, "May want next"), fileButtons(`Recommendations for ${part}`, () => ({ path: "/recommendations", parameters: { customer: part } }))), tableOf(found.recommendations, { caption: "Recommendations", only: ["rank", "product_id", "name", "because_name", "certainty", "lift"], empty: "No rule speaks for anything yet.", cells: ruleCells(found.recommendations, (cell) => [cell("because"), cell("product_id")]) }));
    } catch (error) {
      renew(about, trouble(error));
    }
  };
  about.refresh();
}
