// What was landed, set aside, checked and run; and which table is made from which.
import { get, objects } from "../api.js";
import { colour } from "../charts.js";
import { h, link, svg } from "../dom.js";
import { carried } from "../filters.js";
import * as format from "../format.js";
import { titled } from "../files.js";
import { panel } from "../panel.js";
import { facts, pages, trouble } from "../parts.js";
import { renew } from "../renew.js";
import { tableOf } from "../table.js";

export function data({ main, part, listen }) {
  if (part) return table(main, part);
  main.append(h("h1", { class: "hidden" }, "Data"),
    panel({
      title: "Loads", wide: "w12", note: "Every landed row has one fate: rows = used + rejected + pending + merged + superseded.", load: () => get("/loads", { limit: 200 }),
      draw: (found) => {
        const rows = objects(found);
        const whole = rows.every((row) => row.rows === row.used + row.rejected + row.pending + row.merged + row.superseded);
        return [h("p", { class: "note" }, h("span", { class: "badge " + (whole ? "good" : "bad") }, whole ? "adds up for every load" : "does not add up")),
          tableOf(found, { caption: "Loads", only: ["load", "name", "landed_table", "landed_at", "rows", "used", "rejected", "pending", "merged", "superseded", "undone"] })];
      },
      file: () => ({ path: "/loads" }),
    }),
    rejects(), checks(), runs(listen),
    panel({
      title: "Where tables come from", wide: "w12", height: "tall", least: true, load: () => get("/lineage"), file: () => ({ path: "/lineage/edges" }), table: (found) => ({ columns: [{ name: "from", kind: "text" }, { name: "to", kind: "text" }], rows: found.edges }), chart: lineage,
      onclick: (event) => { if (event.dataType === "node" && event.data.layer !== "landing") { history.pushState(history.state, "", "/data/" + encodeURIComponent(event.name) + carried()); dispatchEvent(new PopStateEvent("popstate")); } },
    }),
    panel({ title: "Tables", wide: "w12", load: () => get("/tables"), file: () => ({ path: "/tables" }), draw: (found) => tableOf(found, { caption: "Tables", long: true, cells: { name: (value) => link("/data/" + encodeURIComponent(value) + carried(), value) } }) }));
}

function rejects() {
  const rows = h("div", { key: "rows" });
  let offset = 0;
  const size = 20;
  async function show(of) {
    try {
      const parameters = { rule: of.rule, table: of.landed_table, status: of.status };
      const title = `${of.rule} in ${of.landed_table}`;
      const found = await get("/rejects/rows", { ...parameters, limit: size, offset });
      renew(rows, titled(title, () => ({ path: "/rejects/rows", parameters })), tableOf(found, { caption: "Rows as they came", only: ["load", "file", "line", "reason", "raw"] }),
        pages(offset, size, found.more, (to) => { offset = to; show(of); }));
    } catch (error) {
      renew(rows, trouble(error));
    }
  }
  return panel({
    title: "Rows set aside", wide: "w6", load: () => get("/rejects"),
    draw: (found) => [tableOf(found, { caption: "Rejects by reason", empty: "No row was set aside.", cells: { rule: (value, row) => {
      const of = Object.fromEntries(found.columns.map((column, index) => [column.name, row[index]]));
      return h("button", { type: "button", class: "quiet", onclick: () => { offset = 0; show(of); } }, value);
    } } }), rows],
    file: () => ({ path: "/rejects" }),
  });
}

function checks() {
  const history = h("div", { key: "history" });
  async function show(model, check) {
    try {
      const title = `${model}: ${check}`;
      renew(history, titled(title, () => ({ path: "/checks/history", parameters: { model, check } })), tableOf(await get("/checks/history", { model, check, limit: 100 }), { caption: "History" }));
    } catch (error) {
      renew(history, trouble(error));
    }
  }
  return panel({
    title: "Checks", wide: "w6", load: () => get("/checks"), file: () => ({ path: "/checks" }),
    draw: (found) => {
      const at = Object.fromEntries(found.columns.map((column, index) => [column.name, index]));
      const failed = found.rows.filter((row) => row[at.rows] > 0).length;
      return [h("p", { class: "note" }, h("span", { class: "badge " + (failed ? "bad" : "good") }, failed ? `${failed} of ${found.rows.length} found rows` : `all ${found.rows.length} pass`)),
        tableOf(found, { caption: "Checks", only: ["model", "check_name", "severity", "rows", "at"], cells: {
          at: (value) => h("span", { title: format.instant(value) }, format.moment(value, value.slice(0, 4))),
          check_name: (value, row) => h("button", { type: "button", class: "quiet", onclick: () => show(row[at.model], value) }, value),
          rows: (value, row) => h("span", { class: "badge " + (value === 0 ? "good" : row[at.severity] === "warn" ? "warn" : "bad") }, value === 0 ? "pass" : format.count(value)),
        } }), history];
    },
  });
}

function runs(listen) {
  const steps = h("div", { key: "steps" });
  const log = h("div", { key: "log", class: "log", tabindex: "0", hidden: true, role: "log", "aria-label": "Log of runs" });
  const heading = h("h3", { key: "heading", hidden: true }, "Log");
  async function tell() {
    const now = await get("/runs/current").catch(() => null);
    // Who has seen no run since the server began has no log.
    heading.hidden = log.hidden = !now?.events.length;
    if (now) renew(log, now.events.slice(-200).reverse().map((line) => h("div", { class: line.kind }, `${format.time(line.at)}  ${line.text}`)));
  }
  async function show(run) {
    const table = await get("/runs/steps", { run }).catch(() => ({ columns: [], rows: [] }));
    const found = objects(table);
    const title = `Run ${run}: steps`;
    const end = Math.max(1, ...found.map((step) => step.started_millis + step.millis));
    renew(steps, titled(title, () => ({ path: "/runs/steps", parameters: { run } })), found.length ? h("table", {}, h("caption", { class: "hidden" }, "Steps"), h("tbody", {}, found.map((step) => {
      const bar = svg("svg", { class: "bar", viewBox: "0 0 1000 14", preserveAspectRatio: "none", width: "100%", "aria-hidden": "true" });
      bar.append(svg("rect", { x: (1000 * step.started_millis) / end, y: 1, width: Math.max(3, (1000 * step.millis) / end), height: 12, rx: 3, class: step.status }));
      return h("tr", {}, h("th", { scope: "row" }, step.model), h("td", { class: "n" }, `${step.millis} ms`), h("td", { class: "n" }, format.count(step.rows)), h("td", {}, bar), h("td", {}, step.reason));
    }))) : h("p", { class: "state" }, "Nothing is known of its steps: a wharf of before ran it, or it built nothing."));
  }
  listen((name) => { if (name === "run") tell(); });
  tell();
  return panel({
    title: "Runs", wide: "w12", load: () => get("/runs", { limit: 50 }), file: () => ({ path: "/runs" }),
    draw: (found) => [tableOf(found, { caption: "Runs", titles: { millis: "Time, ms" }, cells: {
      run: (value) => h("button", { type: "button", class: "quiet", "aria-label": `Steps of run ${value}`, onclick: () => show(value) }, String(value)),
      status: (value) => h("span", { class: "badge " + (value === "done" ? "good" : "bad") }, value) } }), steps, heading, log],
  });
}

const LAYERS = ["landing", "staging", "marts", "insight"];

// Layers from left to right, each as a column; within marts, those that others are made of come first.
function lineage(found, box) {
  const depth = new Map(found.nodes.filter((node) => node.layer === "landing").map((node) => [node.name, 0]));
  for (let turn = 0; turn < 20; turn += 1) for (const [from, to] of found.edges) depth.set(to, Math.max(depth.get(to) || 0, (depth.get(from) || 0) + 1));
  const count = new Map();
  const nodes = found.nodes.map((node) => {
    const x = depth.get(node.name) || 0;
    const y = count.get(x) || 0;
    count.set(x, y + 1);
    return { name: node.name, x: x * 200, y, layer: node.layer };
  });
  // Of the box's own proportions: what is stretched to it makes long bars of the nodes.
  const [left, right, edge] = [20, 150, 20];
  const tall = ((Math.max(...depth.values()) * 200) * (box.clientHeight - 2 * edge)) / Math.max(1, box.clientWidth - left - right) || 200;
  const colours = [colour("soft"), colour("second"), colour("accent"), colour("good")];
  for (const node of nodes) { node.y = ((node.y + 0.5) * tall) / count.get(node.x / 200); node.itemStyle = { color: colours[LAYERS.indexOf(node.layer)] || colours[0] }; }
  return {
    tooltip: { formatter: (item) => (item.dataType === "edge" ? "" : `${item.name} (${item.data.layer})`) },
    series: [{ type: "graph", layout: "none", roam: false, symbol: "roundRect", symbolSize: [14, 14], left, right, top: edge, bottom: edge, edgeSymbol: ["none", "arrow"], edgeSymbolSize: 7, data: nodes, links: found.edges.map(([source, target]) => ({ source, target })),
      label: { show: true, position: "right", color: colour("ink"), fontSize: 12 }, lineStyle: { color: colour("soft"), opacity: 0.6, curveness: 0.12 }, emphasis: { focus: "adjacency" } }],
  };
}

async function table(main, name) {
  const about = h("section", { class: "panel w12", "aria-label": name });
  main.append(h("h1", {}, name, h("small", {}, "table")), about);
  about.refresh = async () => {
    try {
      const to = "/tables/" + encodeURIComponent(name);
      const found = await get(to);
      const columns = { columns: ["name", "kind", "unit", "personal", "description"].map((column) => ({ name: column, kind: "text" })), rows: found.columns.map((column) => [column.name, column.kind, column.unit, column.pii ? "personal" : "", column.description]) };
      renew(about, facts({ Layer: found.layer, File: found.file, About: found.description }), titled("Columns", () => ({ path: to + "/columns" }), `Columns of ${name}`), tableOf(columns, { caption: "Columns", long: true }),
        titled("Some rows", () => ({ path: to + "/rows" }), name), tableOf(found.sample, { caption: "Some rows" }), found.sql ? [h("h3", {}, "Its SQL"), h("pre", { tabindex: "0" }, found.sql)] : null);
    } catch (error) {
      renew(about, trouble(error));
    }
  };
  about.refresh();
}
