// A panel: it loads, draws, and says when it cannot. Every chart can be read as a table; tables can be kept as files.
import { draw } from "./charts.js";
import { h } from "./dom.js";
import { fileButtons } from "./files.js";
import { trouble } from "./parts.js";
import { renew } from "./renew.js";
import { tableOf } from "./table.js";
import { whyButton, whyCells } from "./why.js";

// options: title, wide (class), load () => data, chart (data) => option, table (data) => Table where it is neither the data nor its `table`,
// draw (data) => nodes, why (see why.js; with `by` or `one`, rows of the table answer too), file (see files.js), below (rows) => words below the chart, least: a narrow screen scrolls it sideways, height, note, tableOptions
export function panel(options) {
  const body = h("div", {}, h("p", { class: "state" }, "Loading …"));
  const table = options.table || (options.draw ? null : (data) => data.table || data);
  let asTable = !options.chart;
  let data;
  let drawn = null;
  let turn = 0;
  let chartBox = null;
  let holder = null;
  const toggle = options.chart
    ? h("button", { type: "button", class: "quiet", "aria-pressed": "false", onclick: () => { asTable = !asTable; chartBox = null; toggle.setAttribute("aria-pressed", String(asTable)); toggle.textContent = asTable ? "Chart" : "Table"; show(); } }, "Table")
    : null;
  const files = fileButtons(options.title, options.file);
  const section = h("section", { class: `panel ${options.wide || "w6"}`, "aria-label": options.title },
    h("header", {}, h("h2", {}, options.title), options.extra || null, h("div", { class: "tools" }, toggle, options.why ? whyButton(options.why, options.title) : null, files)),
    options.note ? h("p", { class: "note" }, options.note) : null, body);

  function show() {
    if (data === undefined) return;
    if (options.draw) return renew(body, options.draw(data));
    const rows = table(data);
    if (asTable) return renew(body, tableOf(rows, { caption: options.title, ...options.tableOptions, cells: { ...whyCells(options.why, options.title, rows), ...options.tableOptions?.cells } }));
    if (!rows.rows.length) { chartBox = null; return renew(body, h("p", { class: "state" }, options.empty || "Nothing in this period.")); }
    if (!chartBox || !chartBox.isConnected) {
      chartBox = h("div", { key: "chart", class: "chart " + (options.height || "") + (options.least ? " least" : ""), role: "img", "aria-label": `${options.title}: a chart; the button Table shows its numbers` });
      holder = options.least ? h("div", { key: "across", class: "across", tabindex: "0", role: "region", "aria-label": options.title }, chartBox) : chartBox;
    }
    renew(body, holder, options.below && options.below(rows) ? h("p", { class: "note" }, options.below(rows)) : null);
    draw(chartBox, () => options.chart(data, chartBox));
    if (options.onclick) window.echarts.getInstanceByDom(chartBox).off("click").on("click", options.onclick);
  }

  async function refresh() {
    const mine = (turn += 1);
    try {
      const found = await options.load();
      // An answer that was overtaken, by another period's say, is none.
      if (mine !== turn) return;
      data = found;
      // A chart that moves without need takes the eye, and its tooltip away.
      const same = JSON.stringify(data);
      if (chartBox && chartBox.isConnected && !asTable && same === drawn) return;
      show();
      drawn = same;
    } catch (error) {
      if (mine !== turn) return;
      chartBox = null;
      renew(body, trouble(error));
    }
  }

  section.refresh = refresh;
  refresh();
  return section;
}
