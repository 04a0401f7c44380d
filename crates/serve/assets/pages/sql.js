// Questions of one's own: read-only SQL, its rows, a simple chart, files, and saved questions.
import { download, get, objects, send } from "../api.js";
import { categories, draw, values } from "../charts.js";
import { fill, h } from "../dom.js";
import * as format from "../format.js";
import { trouble } from "../parts.js";
import { tableOf } from "../table.js";
import { complete } from "../complete.js";

const FIRST = "select country, sum(net_sales) as net_sales, sum(orders) as orders\nfrom daily_sales\ngroup by country\norder by net_sales desc";

export function sql({ main, shop }) {
  // The address can be typed; a server that refuses each Run would say it too late.
  if (shop.role !== "admin") {
    main.append(h("section", { class: "panel w12", "aria-label": "SQL" }, h("h1", {}, "SQL"), h("p", { class: "state" }, "SQL is for admins: a statement can show what is personal under any name. Tables are under Data, and dashboards show what an admin asked.")));
    return;
  }
  const text = h("textarea", { "aria-label": "SQL", spellcheck: "false", autocapitalize: "off", autocomplete: "off" });
  text.value = sessionStorage.getItem("wharf-sql") || FIRST;
  const result = h("div", { "aria-live": "polite" });
  const saved = h("select", { "aria-label": "Saved questions" });
  const name = h("input", { "aria-label": "Name to save under", placeholder: "name", maxlength: "60" });
  const told = h("span", { class: "note", role: "status" });
  const run = h("button", { type: "button", class: "main", onclick: ask }, "Run");
  const files = ["csv", "xlsx", "parquet"].map((kind) => h("button", { type: "button", onclick: () => download(text.value, kind).catch((error) => fill(result, trouble(error))) }, kind));
  const editor = h("div", { class: "editor" }, text);
  complete(text, editor);

  async function ask() {
    sessionStorage.setItem("wharf-sql", text.value);
    run.disabled = true;
    const begun = performance.now();
    try {
      const table = await send("POST", "/query", { sql: text.value }, { limit: 1000 });
      const millis = Math.round(performance.now() - begun);
      fill(result, h("p", { class: "note" }, `${format.count(table.rows.length)} rows${table.more ? ", and more" : ""} in ${millis} ms`), chartOf(table), tableOf(table, { caption: "Result", empty: "No rows." }));
    } catch (error) {
      fill(result, trouble(error));
      if (error.line) mark(text, error.line, error.column || 1);
    }
    run.disabled = false;
  }

  async function list() {
    const all = await get("/queries").catch(() => []);
    fill(saved, h("option", { value: "" }, all.length ? "saved questions" : "no saved questions"), all.map((one) => h("option", { value: one.name }, one.name)));
    saved.onchange = () => {
      const one = all.find((known) => known.name === saved.value);
      if (one) { text.value = one.sql; name.value = one.name; }
    };
  }

  async function keep(method) {
    if (!name.value) return name.focus();
    try {
      await send(method, "/queries/" + encodeURIComponent(name.value), method === "PUT" ? { sql: text.value } : undefined);
      told.textContent = method === "PUT" ? `saved as queries/${name.value}.sql` : `removed queries/${name.value}.sql`;
      await list();
    } catch (error) {
      told.textContent = error.message;
    }
  }

  text.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); ask(); } });
  main.append(h("h1", { class: "hidden" }, "SQL"), h("section", { class: "panel w12 sql", "aria-label": "SQL" },
    h("p", { class: "note" }, "Read only, over all published tables, as of one moment. Ctrl-Enter runs; names are completed as you type."), editor,
    h("div", { class: "row" }, run, files, saved, name, h("button", { type: "button", onclick: () => keep("PUT") }, "Save"), h("button", { type: "button", onclick: () => keep("DELETE") }, "Remove"), told), result));
  list();
}

// The first column against the numbers beside it.
function chartOf(table) {
  const numbers = table.columns.filter((column, index) => index > 0 && ["integer", "decimal", "number"].includes(column.kind)).slice(0, 4);
  if (!numbers.length || table.rows.length < 2 || table.rows.length > 1000) return null;
  const first = table.columns[0];
  const rows = objects(table);
  const isTime = first.kind === "day" || first.kind === "instant";
  const box = h("div", { class: "chart", role: "img", "aria-label": "The result as a chart; its rows are below" });
  requestAnimationFrame(() => draw(box, () => ({
    legend: { top: 0 }, tooltip: { trigger: "axis" }, xAxis: categories(rows.map((row) => format.cell(row[first.name], first))), yAxis: values(numbers[0].unit),
    series: numbers.map((column) => ({ name: column.name, type: isTime ? "line" : "bar", showSymbol: false, data: rows.map((row) => row[column.name]) })),
  })));
  return box;
}

function mark(text, line, column) {
  const lines = text.value.split("\n");
  const at = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
  text.focus();
  text.setSelectionRange(at, Math.min(text.value.length, at + 1));
}
