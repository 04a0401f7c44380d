// What is sold.
import { get, objects } from "../api.js";
import { AXES, categories, values } from "../charts.js";
import { h } from "../dom.js";
import { filters, place } from "../filters.js";
import * as format from "../format.js";
import { fileButtons } from "../files.js";
import { panel } from "../panel.js";
import { pagedList, sortBy } from "../lists.js";
import { facts, trouble } from "../parts.js";
import { renew } from "../renew.js";
import { tableOf } from "../table.js";
import { allOf, ruleCells, whyCells, whyFigure } from "../why.js";

export function products({ main }) {
  main.append(h("h1", { class: "hidden" }, "Products"),
    panel({
      title: "Gross sales by category and month", wide: "w12", why: { metric: "gross_sales", of: place, by: "month" }, load: byMonth, file: () => ({ path: "/sales", parameters: { by: "category_month", ...place() } }),
      chart: ({ months, series }) => ({
        legend: { type: "scroll", top: 0, itemWidth: 12, itemHeight: 8 }, grid: { left: 8, right: 12, top: 36, bottom: 8, ...AXES },
        tooltip: { trigger: "axis", valueFormatter: (value) => format.figure(value, "currency") },
        xAxis: categories(months.map((month) => month.slice(0, 7))), yAxis: values("currency"), series: series.map(([name, data]) => ({ name, data, type: "bar", stack: "all" })),
      }),
    }),
    list());
}

// The six largest categories, and in the table all sales beside them.
async function byMonth() {
  const sold = objects(await get("/sales", { ...place(), by: "category_month" }));
  const added = (key) => sold.reduce((sums, row) => sums.set(row[key], (sums.get(row[key]) || 0) + row.gross_sales), new Map());
  const [all, of] = [added("month"), added("category")];
  const months = [...all.keys()];
  const names = [...of.keys()].sort((a, b) => of.get(b) - of.get(a)).slice(0, 6);
  const cells = new Map(sold.map((row) => [row.month + row.category, row.gross_sales]));
  const series = names.map((name) => [name, months.map((month) => cells.get(month + name) || 0)]);
  const columns = [{ name: "month", kind: "day" }, ...["all", ...names].map((name) => ({ name, kind: "decimal", unit: "currency" }))];
  const table = { columns, rows: months.map((month, index) => [month, all.get(month), ...series.map(([, sold]) => sold[index])]) };
  return { months, series, table };
}

function list() {
  const paged = pagedList(25, () => section.refresh());
  const order = sortBy("products", { gross_sales: "gross sales", units: "units" }, () => section.refresh());
  const why = { metric: "gross_sales", one: "product", note: allOf("products") };
  const section = panel({
    title: "Products", wide: "w12", extra: order.choice, why, load: () => get("/products", { ...filters(), sort: order.now(), ...paged.window() }),
    draw: (table) => [tableOf(table, { caption: "Products", long: true, cells: whyCells(why, "Products", table) }), paged.buttons(table.more)],
    file: () => ({ path: "/products", parameters: { ...filters(), sort: order.now() } }),
  });
  return section;
}

export function product({ main, part }) {
  const title = h("h1", {}, part, h("small", {}, "product"));
  const about = h("section", { class: "panel w4", "aria-label": "Product" });
  const next = h("section", { class: "panel w12", "aria-label": "Goes with it" });
  const address = "/products/" + encodeURIComponent(part);
  const narrowed = () => ({ ...filters(), product: part });
  main.append(title, about, panel({
    title: "Demand by day", wide: "w8", why: { metric: "units", by: "day", of: narrowed }, file: () => ({ path: address + "/days", parameters: filters() }),
    load: async () => { const table = await get(address + "/days", { ...filters(), limit: 10000 }); return { table, names: gapless(objects(table)) }; },
    chart: ({ names }) => ({
      tooltip: { trigger: "axis", valueFormatter: (value) => format.count(value) }, legend: { top: 0, right: 0 },
      xAxis: categories(names.map(([day]) => format.day(format.dayText(day)))), yAxis: values("count"),
      series: [{ name: "Units", type: "bar", data: names.map(([, units]) => units), barMaxWidth: 10 }, { name: "7-day mean", type: "line", showSymbol: false, data: mean(names.map(([, units]) => units)) }],
    }),
  }), next);
  about.refresh = async () => {
    try {
      // What it sold ever is the whole shop's, whatever is chosen above; the period keeps its days from being sent twice.
      const { from, to } = filters();
      const found = await get(address, { from, to });
      const known = found.product;
      renew(title, known.name || part, h("small", {}, part));
      const figure = (metric, title, shown) => whyFigure(metric, () => ({ product: part }), title, shown);
      renew(about, h("header", {}, h("h2", {}, "Product")), facts({ Category: known.category, "List price": known.list_price === null ? null : format.money(known.list_price), "Unit cost": known.unit_cost === null ? null : format.money(known.unit_cost), Merchandise: known.is_merchandise ? "yes" : "no",
        "First sold": known.first_day && format.day(known.first_day), "Last sold": known.last_day && format.day(known.last_day), "Units, ever": known.units === null ? null : figure("units", "Units, ever", format.count(known.units)), "Gross sales, ever": known.gross_sales === null ? null : figure(known.is_merchandise ? "gross_sales" : "spend", "Gross sales, ever", format.money(known.gross_sales)), "Units returned": known.returned_units === null ? null : figure("returned_units", "Units returned", format.count(known.returned_units)) }));
      renew(next, h("header", {}, h("h2", {}, "Goes with it"), fileButtons(`Goes with ${part}`, () => ({ path: "/recommendations", parameters: { product: part } }))), tableOf(found.recommendations, { caption: "Goes with it", only: ["rank", "product_id", "name", "both_baskets", "confidence", "lift", "certainty"], empty: "No rule from it yet.", cells: ruleCells(found.recommendations, (cell) => [part, cell("product_id")]) }));
    } catch (error) {
      renew(about, trouble(error));
    }
  };
  about.refresh();
}

// Days without demand are days too.
function gapless(rows) {
  if (!rows.length) return [];
  const sold = new Map(rows.map((row) => [format.dayNumber(row.day), row.units]));
  const [first, last] = [Math.min(...sold.keys()), Math.max(...sold.keys())];
  return Array.from({ length: last - first + 1 }, (_, index) => [first + index, sold.get(first + index) || 0]);
}

function mean(units) {
  return units.map((_, index) => (index < 6 ? null : units.slice(index - 6, index + 1).reduce((a, b) => a + b, 0) / 7));
}
