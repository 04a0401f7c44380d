// What is bought together.
import { get, objects } from "../api.js";
import { AXES, colour, heat, values } from "../charts.js";
import { h } from "../dom.js";
import { own, setOwn } from "../filters.js";
import * as format from "../format.js";
import { pagedList } from "../lists.js";
import { places, sides } from "../network.js";
import { panel } from "../panel.js";
import { tableOf } from "../table.js";
import { allOf, ruleCells } from "../why.js";

export function baskets({ main }) {
  const usual = { product: "", min_lift: "", min_baskets: "20" };
  const asked = own(usual);
  const paged = pagedList(25, () => list.refresh());
  const field = (name, title, type, step) => h("label", {}, title, h("input", { type, step, min: "0", value: asked[name], onchange: (event) => {
    asked[name] = event.target.value;
    setOwn({ ...usual, page: "1" }, { [name]: asked[name], page: "1" });
    all.forEach((section) => section.refresh());
  } }));
  // Rules of few baskets are hidden at first, but not where a small shop has no others.
  const least = field("min_baskets", "Baskets at least", "number", "1");
  let settled = null;
  const settle = () => (settled ??= get("/baskets", { ...asked, limit: 1 }).then((first) => {
    if (first.rows.length === 0 && asked.min_baskets === "20") least.querySelector("input").value = asked.min_baskets = "";
  }));
  const load = (limit) => settle().then(() => get("/baskets", { ...asked, limit }));
  const why = (metric) => ({ metric, of: () => ({}), note: allOf("rules") });
  const told = (row) => `${row.antecedent_name || row.antecedent}\n→ ${row.consequent_name || row.consequent}\nlift ${format.number(row.lift)}, confidence ${format.percent(row.confidence)}, ${format.count(row.both_baskets)} baskets`;
  const scatter = panel({
    title: "Support against confidence, coloured by lift", wide: "w6", height: "tall", why: why("rule_lift"), load: () => load(2000), file: () => ({ path: "/baskets", parameters: asked }),
    chart: (table) => {
      const rows = objects(table);
      const lifts = rows.map((row) => row.lift).sort((a, b) => a - b);
      return {
        tooltip: { formatter: (item) => told(rows[item.dataIndex]) },
        xAxis: values("ratio", { type: "log", name: "support", nameLocation: "middle", nameGap: 26, nameTextStyle: { color: colour("soft") }, axisLabel: { color: colour("soft"), hideOverlap: true, formatter: (value) => format.percent(value, 2) } }),
        yAxis: values("ratio", { max: 1, name: "confidence", nameTextStyle: { color: colour("soft") } }), grid: { left: 8, right: 16, top: 30, bottom: 26, ...AXES },
        visualMap: { show: false, dimension: 2, min: lifts[0] || 0, max: lifts[Math.floor(lifts.length * 0.95)] || 1, inRange: { color: heat().slice(1) } },
        series: [{ type: "scatter", symbolSize: 7, data: rows.map((row) => [row.support, row.confidence, row.lift]), itemStyle: { opacity: 0.8 } }],
      };
    },
  });
  const network = panel({
    title: "Products that go together", wide: "w6", height: "tall", why: why("rule_baskets"), load: () => load(150), file: () => ({ path: "/baskets", parameters: asked }),
    chart: (table, box) => {
      const rows = objects(table);
      const names = new Map();
      for (const row of rows) { names.set(row.antecedent, row.antecedent_name || row.antecedent); names.set(row.consequent, row.consequent_name || row.consequent); }
      const degree = new Map();
      for (const row of rows) for (const id of [row.antecedent, row.consequent]) degree.set(id, (degree.get(id) || 0) + 1);
      const margin = 16;
      const [width, height] = [box.clientWidth - 2 * margin, box.clientHeight - 2 * margin];
      const found = places([...names.keys()], rows.map((row) => [row.antecedent, row.consequent]), width, height);
      const short = (id) => names.get(id).slice(0, 26);
      const linked = [...names.keys()].filter((id) => degree.get(id) > 2 || names.size < 20).sort((a, b) => degree.get(b) - degree.get(a));
      const named = sides(linked, found, (id) => short(id).length, width, height);
      const node = (id) => ({ name: id, x: found.get(id)[0], y: found.get(id)[1], symbolSize: 6 + 2 * Math.sqrt(degree.get(id)), label: { show: named.has(id), position: named.get(id) } });
      return {
        tooltip: { formatter: (item) => (item.dataType === "edge" ? told(rows[item.dataIndex]) : names.get(item.name)) },
        series: [{
          type: "graph", layout: "none", left: margin, right: margin, top: margin, bottom: margin, roam: true, draggable: true, emphasis: { focus: "adjacency" }, animation: false,
          label: { fontSize: 10, color: colour("soft"), formatter: (item) => short(item.name) },
          lineStyle: { color: colour("soft"), opacity: 0.5, curveness: 0.1 }, itemStyle: { color: colour("accent") },
          data: [...names.keys()].map(node), links: rows.map((row) => ({ source: row.antecedent, target: row.consequent })),
        }],
      };
    },
  });
  const list = panel({
    title: "Rules", wide: "w12", why: why("rule_certainty"), note: "When the first product is in a basket, so often (confidence) is the second; lift tells how many times more often than usual; certainty how far it moves it from usual towards always.",
    load: () => settle().then(() => get("/baskets", { ...asked, ...paged.window() })),
    draw: (table) => [tableOf(table, { caption: "Rules", long: true, only: ["antecedent", "antecedent_name", "consequent", "consequent_name", "both_baskets", "support", "confidence", "lift", "certainty", "p_value"],
      titles: { antecedent: "With", antecedent_name: "Name", consequent: "Goes", consequent_name: "Name" }, cells: ruleCells(table, (cell) => [cell("antecedent"), cell("consequent")], { p_value: (value) => (value < 0.0001 ? "<0.0001" : format.number(value)), support: (value) => format.percent(value, 2) }) }),
      paged.buttons(table.more)],
    file: () => ({ path: "/baskets", parameters: asked }),
  });
  const all = [scatter, network, list];
  main.append(h("h1", { class: "hidden" }, "Baskets"), h("div", { class: "row w12" }, field("product", "Product id", "text"), field("min_lift", "Lift at least", "number", "0.1"), least), ...all);
}
