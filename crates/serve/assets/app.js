// Start and router: an address is a page; pages are made of panels that refresh when tables are published.
import { get } from "./api.js";
import { redraw } from "./charts.js";
import { fill, h } from "./dom.js";
import { carried, drawFilters, settle, stateOf, useShop } from "./filters.js";
import * as format from "./format.js";
import { trouble } from "./parts.js";
import { offerLogOut } from "./session.js";
import { baskets } from "./pages/baskets.js";
import { customer, customers } from "./pages/customers.js";
import { dashboard } from "./pages/dashboard.js";
import { data } from "./pages/data.js";
import { order } from "./pages/order.js";
import { overview } from "./pages/overview.js";
import { product, products } from "./pages/products.js";
import { sql } from "./pages/sql.js";

const PAGES = { overview: ["/", "Overview"], customers: ["/customers", "Customers"], products: ["/products", "Products"], baskets: ["/baskets", "Baskets"], data: ["/data", "Data"], sql: ["/sql", "SQL"] };
// Address, as it is encoded, page, whether the filters matter there.
const ROUTES = [
  [/^\/$/, overview, true], [/^\/customers$/, customers, true], [/^\/customers\/(.+)$/, customer, false], [/^\/products$/, products, true],
  [/^\/products\/(.+)$/, product, true], [/^\/orders\/(.+)$/, order, false], [/^\/baskets$/, baskets, false], [/^\/data$/, data, false], [/^\/data\/(.+)$/, data, false], [/^\/sql$/, sql, false], [/^\/dashboards\/(.+)$/, dashboard, true],
];

const main = document.getElementById("main");
const listeners = new Set();
let shop = null;

async function start() {
  try {
    shop = await get("/shop");
  } catch (error) {
    fill(main, h("section", { class: "panel w12" }, trouble(error)));
    setTimeout(start, 3000);
    return;
  }
  format.setShop(shop);
  useShop(shop);
  document.getElementById("shop-name").textContent = shop.name;
  document.getElementById("foot").textContent = `wharf ${shop.version} · ${shop.currency} · ${shop.timezone}${shop.is_demo ? " · a made shop" : ""}`;
  route();
}

function route() {
  listeners.clear();
  const path = location.pathname;
  const found = ROUTES.map(([pattern, page, filtered]) => [path.match(pattern), page, filtered]).find(([match]) => match);
  if (found && found[2]) settle();
  const nav = Object.entries(PAGES).filter(([name]) => shop.pages.includes(name)).map(([, [to, title]]) =>
    h("a", { href: to + carried(), "data-link": true, "aria-current": (to === "/" ? path === "/" : path.startsWith(to)) ? "page" : null }, title));
  const own = shop.dashboards.map((name) => [name, `/dashboards/${encodeURIComponent(name)}`]).map(([name, to]) =>
    h("a", { href: to + carried(), "data-link": true, "aria-current": path === to ? "page" : null }, name));
  fill(document.getElementById("nav"), nav, own);
  // On a phone the page's tab may be outside of what is seen.
  document.querySelector("#nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  const form = document.getElementById("filters");
  if (found && found[2] && shop.last_day) drawFilters(form); else fill(form);
  fill(main);
  if (!found) return fill(main, h("section", { class: "panel w12" }, h("p", { class: "state" }, "There is no such page.")));
  if (!shop.published && !/^\/(data|sql)/.test(path)) {
    return fill(main, h("section", { class: "panel w12" }, h("h2", {}, "Nothing is published yet"), h("p", { class: "state" }, "Drop the shop's files into inbox/: they are landed as they arrive. The page Data tells what was done.")));
  }
  const title = Object.values(PAGES).find(([to]) => (to === "/" ? path === "/" : path.startsWith(to)));
  const part = found[0][1] ? decoded(found[0][1]) : null;
  document.title = `${title ? title[1] : part} · ${shop.name}`;
  found[1]({ main, shop, part, listen: (listener) => listeners.add(listener), refresh });
}

// A part of an address that is typed by hand may have a % that begins nothing: it stands for itself.
function decoded(part) {
  try { return decodeURIComponent(part); } catch { return part; }
}

// All panels load anew; what is shown stays until then.
function refresh() {
  for (const section of main.querySelectorAll(".panel, .tiles")) if (section.refresh) section.refresh();
}

document.addEventListener("click", (event) => {
  const anchor = event.target.closest("a[data-link]");
  if (!anchor || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  history.pushState(stateOf(anchor.href), "", anchor.getAttribute("href"));
  route();
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
});
addEventListener("popstate", () => shop && route());
addEventListener("wharf:filters", () => { drawFilters(document.getElementById("filters")); for (const anchor of document.querySelectorAll("#nav a")) anchor.setAttribute("href", anchor.getAttribute("href").split("?")[0] + carried()); refresh(); });

document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem("wharf-theme", root.dataset.theme); } catch { /* private mode */ }
  redraw();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

function live() {
  const source = new EventSource("/api/v1/events");
  const state = document.getElementById("run-state");
  const told = (name, data) => listeners.forEach((listener) => listener(name, data));
  source.addEventListener("run", (event) => {
    const run = JSON.parse(event.data);
    state.dataset.state = run.state;
    state.textContent = run.state === "started" ? "running" : run.state === "failed" ? "run failed" : "up to date";
    state.title = run.text;
    told("run", run);
  });
  source.addEventListener("orders", (event) => told("orders", JSON.parse(event.data)));
  const changed = async () => {
    const wasEmpty = !shop || !shop.published;
    shop = await get("/shop").catch(() => shop);
    useShop(shop);
    if (wasEmpty) route();
    else if (document.querySelector("#filters > *") && settle()) dispatchEvent(new Event("wharf:filters"));
    else refresh();
  };
  // Runs may follow each other quickly; the page need not.
  let waiting = null;
  source.addEventListener("published", () => { waiting = waiting || setTimeout(() => { waiting = null; changed(); }, 400); });
  source.addEventListener("behind", changed);
  // A page that is left must not hold one of the browser's few connections; one that is come back to listens again.
  addEventListener("pagehide", () => source.close(), { once: true });
}
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

start().then(live);
offerLogOut(document.getElementById("log-out"));
