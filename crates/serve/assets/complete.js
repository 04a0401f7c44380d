// Completes names of tables and columns while SQL is typed.
import { get } from "./api.js";
import { fill, h } from "./dom.js";

const WORDS = ["select", "from", "where", "group by", "order by", "having", "limit", "join", "left join", "on", "and", "or", "not", "case when", "then", "else", "end", "as", "distinct", "count(*)", "sum(", "avg(", "min(", "max(", "date_trunc(", "cast(", "coalesce(", "over (partition by", "desc", "interval", "between", "in (", "is null", "is not null", "union all", "with"];

export function complete(text, box) {
  const list = h("ul", { class: "suggest", role: "listbox", "aria-label": "Completions", hidden: true });
  box.append(list);
  let names = WORDS.map((word) => [word, ""]);
  let shown = [];
  let chosen = 0;

  (async () => {
    const tables = (await get("/tables").catch(() => ({ rows: [] }))).rows.map((row) => row[0]);
    names = [...tables.map((table) => [table, "table"]), ...names];
    const abouts = await Promise.all(tables.map((table) => get("/tables/" + encodeURIComponent(table)).catch(() => null)));
    const columns = new Map();
    for (const about of abouts.filter(Boolean)) for (const column of about.columns) if (!columns.has(column.name)) columns.set(column.name, about.name);
    names = [...names, ...[...columns].map(([column, table]) => [column, table])];
  })();

  const word = () => /[A-Za-z_][A-Za-z0-9_]*$/.exec(text.value.slice(0, text.selectionStart))?.[0] || "";

  function hide() { list.hidden = true; shown = []; }

  function show() {
    const typed = word().toLowerCase();
    if (typed.length < 2) return hide();
    shown = names.filter(([name]) => name.startsWith(typed) && name !== typed).slice(0, 12);
    chosen = 0;
    if (!shown.length) return hide();
    list.hidden = false;
    draw();
  }

  function draw() {
    fill(list, shown.map(([name, of], index) => h("li", { role: "option", "aria-selected": String(index === chosen), onmousedown: (event) => { event.preventDefault(); take(index); } }, name, " ", h("small", {}, of))));
  }

  function take(index) {
    const typed = word();
    const at = text.selectionStart;
    text.setRangeText(shown[index][0], at - typed.length, at, "end");
    hide();
    text.focus();
  }

  text.addEventListener("input", show);
  text.addEventListener("blur", hide);
  text.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { chosen = (chosen + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % shown.length; draw(); event.preventDefault(); }
    else if (event.key === "Tab" || (event.key === "Enter" && !event.ctrlKey && !event.metaKey)) { take(chosen); event.preventDefault(); }
    else if (event.key === "Escape") { hide(); event.preventDefault(); }
  });
}
