// A panel: it loads, draws, and says when it cannot. Every chart can be read as a table; tables can be kept as files.
import { address } from "./api.js";
import { draw } from "./charts.js";
import { fill, h } from "./dom.js";
import { tableOf } from "./table.js";
import { why } from "./why.js";

// options: title, wide (class), load () => data, chart (data) => option, table (data) => Table, draw (data) => nodes, why (metric), file {path, parameters}, height, note, tableOptions
export function panel(options) {
  const body = h("div", {}, h("p", { class: "state" }, "Loading …"));
  let asTable = !options.chart;
  let data;
  let chartBox = null;
  const toggle = options.chart && options.table
    ? h("button", { type: "button", class: "quiet", "aria-pressed": "false", onclick: () => { asTable = !asTable; chartBox = null; toggle.setAttribute("aria-pressed", String(asTable)); toggle.textContent = asTable ? "Chart" : "Table"; show(); } }, "Table")
    : null;
  const files = options.file
    ? (options.wide === "w3" ? ["csv"] : ["csv", "xlsx", "parquet"]).map((kind) => h("a", { class: "quiet", href: "#", "aria-label": `${options.title} as ${kind}`, onclick: (event) => {
        event.preventDefault();
        const { path, parameters } = options.file();
        location.assign(address(path, { ...parameters, format: kind }));
      } }, kind))
    : [];
  const section = h("section", { class: `panel ${options.wide || "w6"}`, "aria-label": options.title },
    h("header", {}, h("h2", {}, options.title), options.extra || null, toggle, options.why ? whyButton(options.why, options.title) : null, files),
    options.note ? h("p", { class: "note" }, options.note) : null, body);

  function show() {
    if (data === undefined) return;
    if (options.draw) return fill(body, options.draw(data));
    const table = options.table ? options.table(data) : data;
    if (asTable) return fill(body, tableOf(table, { caption: options.title, ...(options.tableOptions || {}) }));
    if (table && !table.rows.length) { chartBox = null; return fill(body, h("p", { class: "state" }, options.empty || "Nothing in this period.")); }
    if (!chartBox || !chartBox.isConnected) {
      chartBox = h("div", { class: "chart " + (options.height || ""), role: "img", "aria-label": `${options.title}: a chart; the button Table shows its numbers` });
      fill(body, chartBox);
    }
    draw(chartBox, () => options.chart(data));
    if (options.onclick) window.echarts.getInstanceByDom(chartBox).off("click").on("click", options.onclick);
  }

  async function refresh() {
    try {
      data = await options.load();
      show();
    } catch (error) {
      chartBox = null;
      fill(body, trouble(error));
    }
  }

  section.refresh = refresh;
  refresh();
  return section;
}

export function trouble(error) {
  return h("p", { class: "state error", role: "alert" }, error.message, error.advice ? h("small", {}, error.advice) : null);
}

export function whyButton(metric, of) {
  return h("button", { type: "button", class: "quiet", "aria-label": `Why: ${of}`, onclick: () => why(metric) }, "why");
}
