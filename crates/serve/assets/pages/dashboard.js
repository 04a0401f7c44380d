// A page of the shop's own: dashboards/NAME.yaml in the project, read anew each time.
import { get, objects } from "../api.js";
import { categories, ranked, shownOf, values } from "../charts.js";
import { h } from "../dom.js";
import { filters } from "../filters.js";
import * as format from "../format.js";
import { panel } from "../panel.js";
import { trouble } from "../parts.js";
import { renew } from "../renew.js";
import { defined } from "../why.js";

const GROUPS = ["day", "week", "month", "country", "category", "channel"];

export function dashboard({ main, shop, part }) {
  const title = h("h1", {}, part);
  main.append(title);
  let drawn = "";
  let latest = null;
  const head = h("div", { class: "panel w12", hidden: true });
  main.append(head);
  head.refresh = async () => {
    try {
      latest = get("/dashboards/" + encodeURIComponent(part), filters());
      const [found, metrics] = await Promise.all([latest, defined()]);
      // The page may be another by now.
      if (!title.isConnected) return;
      title.textContent = found.title;
      document.title = `${found.title} · ${shop.name}`;
      head.hidden = true;
      // Tiles stay where they are unless the file has others.
      const shape = JSON.stringify(found.tiles.map((tile) => [tile.title, tile.chart, whyOf(tile, metrics)]));
      if (shape === drawn) { for (const section of main.querySelectorAll("section.panel")) section.refresh(); return; }
      drawn = shape;
      for (const section of main.querySelectorAll("section.panel")) section.remove();
      main.append(...found.tiles.map((tile, index) => tileOf(tile, index, whyOf(tile, metrics))));
    } catch (error) {
      head.hidden = false;
      renew(head, trouble(error));
    }
  };
  const tileOf = (first, index, why) => {
    const load = async () => {
      const tile = (await latest).tiles[index];
      if (tile.error) throw new Error(tile.error);
      return tile.table;
    };
    const unit = (table) => (table.columns[1] || table.columns[0]).unit || "count";
    const common = { title: first.title, load, why, file: () => ({ path: `/dashboards/${encodeURIComponent(part)}/tiles/${index}`, parameters: filters() }) };
    if (first.chart === "number") return panel({ ...common, wide: "w3", table: (table) => table, draw: (table) => h("p", { class: "big" }, alone(table)) });
    if (first.chart === "bar") return panel({ ...common, wide: "w6", below: shownOf, chart: (table) => ranked(table.rows.map((row) => String(row[0])), table.rows.map((row) => row[1]), unit(table)) });
    if (first.chart === "line") {
      return panel({ ...common, wide: "w6", chart: (table) => {
        const rows = objects(table);
        const [x, ...ys] = table.columns;
        return { tooltip: { trigger: "axis", valueFormatter: (value) => format.figure(value, unit(table)) }, legend: { show: ys.length > 1 },
          xAxis: categories(rows.map((row) => format.cell(row[x.name], x)), { boundaryGap: false }), yAxis: values(unit(table)),
          series: ys.filter((column) => column.kind !== "text").map((column) => ({ name: format.title(column.name), type: "line", showSymbol: false, areaStyle: { opacity: 0.1 }, data: rows.map((row) => row[column.name]) })) };
      } });
    }
    return panel({ ...common, wide: "w6" });
  };
  head.refresh();
}

// The last column of the first row, which may be a text.
function alone(table) {
  const column = table.columns.at(-1);
  const value = (table.rows[0] || []).at(-1) ?? null;
  return typeof value === "number" ? format.figure(value, column.unit || "count") : value === null ? "–" : format.cell(value, column);
}

// A tile of a metric: its figure alone, or by what it is grouped.
function whyOf(tile, metrics) {
  const names = tile.table ? tile.table.columns.map((column) => column.name) : [];
  const metric = names.at(-1);
  if (!metrics.has(metric) || names.length > 2 || (names.length === 2 && !GROUPS.includes(names[0]))) return null;
  return { metric, by: names.length === 2 ? names[0] : null };
}
