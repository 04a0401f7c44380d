// The shop at a glance.
import { get, objects } from "../api.js";
import { categories, heatmap, ranked, shownOf, values } from "../charts.js";
import { h } from "../dom.js";
import { filters, span } from "../filters.js";
import * as format from "../format.js";
import { panel } from "../panel.js";
import { trouble } from "../parts.js";
import { renew } from "../renew.js";
import { tableOf } from "../table.js";
import { allOf, amountCells, whyButton } from "../why.js";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
// More of these is no good news.
const WORSE = new Set(["returns", "cancel_rate"]);

export function overview({ main, listen }) {
  main.append(h("h1", { class: "hidden" }, "Overview"), tiles(),
    panel({
      title: "Gross sales by day", wide: "w8", height: "high", why: { metric: "gross_sales", by: "day" }, load: days,
      chart: ({ names, now, week, year }) => ({
        legend: { top: 0, right: 0, icon: "roundRect", itemWidth: 12, itemHeight: 4 },
        tooltip: { trigger: "axis", valueFormatter: (value) => format.figure(value, "currency") },
        xAxis: categories(names.map(format.day), { boundaryGap: false }), yAxis: values("currency"),
        series: [line("This period", now, 2, true), line("A week earlier", week, 1), line("A year earlier", year, 1)],
      }),
      file: () => ({ path: "/sales", parameters: { by: "day", ...filters() } }),
    }),
    strip(listen),
    panel({
      title: "Orders by weekday and hour", wide: "w6", height: "", why: "orders", load: () => get("/hours", filters()), tableOptions: { cells: { weekday: (value) => DAYS[value - 1] } },
      chart: (table) => heatmap([...Array(24).keys()].map(String), DAYS, objects(table).map((row) => [row.hour, row.weekday - 1, row.orders]), "count",
        ([hour, weekday, orders]) => `${DAYS[weekday]} ${hour}:00–${hour + 1}:00\n${format.count(orders)} orders`),
      file: () => ({ path: "/hours", parameters: filters() }),
    }),
    sales("country", "Net sales by country", "w3"), sales("category", "Net sales by category", "w3"),
    panel({ title: "Top products", wide: "w6", why: { metric: "gross_sales", one: "product", note: allOf("products") }, load: () => get("/products", { ...filters(), limit: 10 }), tableOptions: { only: ["product_id", "name", "units", "gross_sales", "returns"], tight: true }, file: () => ({ path: "/products", parameters: filters() }) }),
    panel({ title: "Top customers", wide: "w6", why: { metric: "spend", one: "customer", note: allOf("customers") }, load: () => get("/customers", { ...filters(), limit: 10 }), tableOptions: { only: ["rank", "customer_id", "orders", "units", "spend", "average_order_value"], tight: true }, file: () => ({ path: "/customers", parameters: filters() }) }));
}

function line(name, data, width, area = false) {
  return { name, type: "line", data, showSymbol: false, smooth: 0.2, smoothMonotone: "x", lineStyle: { width, type: area ? "solid" : "dashed" }, areaStyle: area ? { opacity: 0.12 } : undefined, connectNulls: false };
}

function tiles() {
  const box = h("section", { class: "tiles", "aria-label": "Figures" });
  box.refresh = async () => {
    try {
      const found = await get("/overview", filters());
      renew(box, found.metrics.map((metric) => h("div", { key: metric.name, class: "tile", "data-metric": metric.name, title: metric.description },
        h("div", { class: "label" }, h("span", {}, metric.title), whyButton(metric.name, metric.title)),
        h("div", { class: "value", "data-value": metric.value }, format.figure(metric.value, metric.unit)), changeOf(metric, found.previous))));
    } catch (error) {
      renew(box, h("div", { key: "trouble", class: "tile" }, trouble(error)));
    }
  };
  box.refresh();
  return box;
}

function changeOf(metric, previous) {
  if (metric.change === null || !previous) return h("div", { class: "change" });
  const good = (metric.change >= 0) !== WORSE.has(metric.name);
  const text = `${metric.change >= 0 ? "▲" : "▼"} ${format.percent(Math.abs(metric.change))}`;
  return h("div", { class: "change", title: `${format.day(previous.from)} – ${format.day(previous.to)}: ${format.figure(metric.previous, metric.unit)}` },
    h("span", { class: metric.change === 0 ? "" : good ? "up" : "down" }, text), " vs. before");
}

// The period's days, beside the same weekday a week and a year (52 weeks) earlier.
async function days() {
  const asked = filters();
  const known = span();
  // The server says what is wrong with it.
  if (!known) return get("/sales", { by: "day", ...asked });
  const [from, to] = known;
  const [table, before] = await Promise.all([get("/sales", { by: "day", ...asked }), get("/sales", { by: "day", ...asked, from: format.dayText(from - 364), to: format.dayText(from - 1) })]);
  const sold = new Map([...objects(before), ...objects(table)].map((row) => [format.dayNumber(row.day), row.gross_sales]));
  const first = Math.min(...sold.keys());
  const all = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const at = (shift) => all.map((day) => (day - shift < first ? null : sold.get(day - shift) || 0));
  const [names, now, week, year] = [all.map(format.dayText), at(0), at(7), at(364)];
  const column = (name) => ({ name, kind: "decimal", unit: "currency" });
  const asTable = { columns: [{ name: "day", kind: "day" }, column("gross_sales"), column("a_week_earlier"), column("a_year_earlier")], rows: names.map((day, index) => [day, now[index], week[index], year[index]]) };
  return { names, now, week, year, table: table.rows.length ? asTable : table };
}

function sales(by, title, wide) {
  return panel({
    title, wide, why: { metric: "net_sales", by }, load: () => get("/sales", { by, ...filters() }),
    below: shownOf, chart: (table) => ranked(objects(table).map((row) => row[by]), objects(table).map((row) => row.net_sales), "currency"),
    tableOptions: { only: [by, "customers", "orders", "units", "gross_sales", "returns", "net_sales"] }, file: () => ({ path: "/sales", parameters: { by, ...filters() } }),
  });
}

// Orders as they arrive.
function strip(listen) {
  const COLUMNS = ["order_id", "ordered_at", "country", "amount"];
  let shown = null;
  const fresh = new Set();
  const place = () => { const { country, channel } = filters(); return { country, channel }; };
  const section = panel({
    title: "Latest orders", wide: "w4", file: () => ({ path: "/orders", parameters: place() }),
    load: async () => (shown = await get("/orders", { ...place(), limit: 12 })),
    // Times of the newest day alone; of days before it the day too.
    draw: (table) => {
      const at = table.columns.findIndex((column) => column.name === "ordered_at");
      const newest = table.rows.length ? format.dayOf(table.rows[0][at]) : null;
      const when = (value) => h("span", { title: format.instant(value) }, format.dayOf(value) === newest ? format.time(value) : format.moment(value, table.rows[0][at].slice(0, 4)));
      return [h("p", { class: "note" }, newest), tableOf(table, { caption: "Latest orders", only: COLUMNS, fresh, tight: true, empty: "No orders yet.", cells: { ordered_at: when, ...amountCells(table) } })];
    },
  });
  section.id = "live";
  listen((name, orders) => {
    if (name !== "orders") return;
    fresh.clear();
    orders.rows.forEach((row) => fresh.add(row[0]));
    if (shown) section.refresh();
    setTimeout(() => fresh.clear(), 2500);
  });
  return section;
}
