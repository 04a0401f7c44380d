// Clicks through every page of a served shop in headless Chromium, in light, dark and phone width.
//   usage: node pages.mjs WHARF PROJECT [SCREENSHOTS]      PROJECT is a project's folder, or `demo`
// Fails on an error in the console, a request that fails, a serious fault that axe-core finds, a figure that is another than
// the API's, a chart without its table, a table that is no file, a figure that does not answer why, numbers and days that are not of
// the shop's locale, a focus that a publish takes away, what is looked at and not in the address, and an order that does not appear.
// Needs puppeteer-core and axe-core beside NODE_PATH (scripts/browser.sh).
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const require = createRequire(path.resolve(process.env.BROWSER_MODULES || "target/browser", "package.json"));
const puppeteer = require("puppeteer-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [wharf, project, screenshots = "target/screenshots"] = process.argv.slice(2);
const isDemo = project === "demo";
const name = isDemo ? "demo" : path.basename(project);
const faults = [];
const fault = (text) => { faults.push(text); console.error(`FAULT ${text}`); };

// Starts the server and gives its address.
function serve(more = [], env = {}) {
  const command = isDemo ? ["demo", "--port", "0"] : ["serve", "--port", "0", "--project", project, ...more];
  const server = spawn(wharf, command, { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...env } });
  const address = new Promise((resolve, reject) => {
    let out = "";
    server.stdout.on("data", (text) => { out += text; if (out.includes("\n")) resolve(out.split("\n")[0]); });
    server.on("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return { server, address };
}

async function end(server) {
  const ended = new Promise((resolve) => server.on("exit", resolve));
  server.kill("SIGINT");
  const code = await ended;
  if (code !== 0) fault(`the server ended with ${code}`);
}

const VIEWER = "viewer-token-of-a-test";
const LOOKS = [["light", 1280, 900], ["dark", 1280, 900], ["light", 390, 844]];

async function pagesOf(address) {
  const get = async (what) => (await fetch(address + "/api/v1" + what)).json();
  const [product, customer, order] = await Promise.all(["/products?limit=1", "/customers?limit=1", "/orders?limit=1"].map(get));
  const first = (table, column) => encodeURIComponent(table.rows[0][table.columns.findIndex((known) => known.name === column)]);
  const own = Object.fromEntries((await get("/shop")).dashboards.map((name) => ["dashboard-" + name, "/dashboards/" + name]));
  return { ...own, overview: "/", customers: "/customers", customer: "/customers/" + first(customer, "customer_id"), products: "/products", product: "/products/" + first(product, "product_id"),
    order: "/orders/" + first(order, "order_id"), baskets: "/baskets", data: "/data", table: "/data/daily_sales", sql: "/sql", api: "/api" };
}

async function open(browser, theme, width, height) {
  const page = await browser.newPage();
  await page.setViewport({ width, height, deviceScaleFactor: 1, isMobile: width < 500, hasTouch: width < 500 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }, { name: "prefers-reduced-motion", value: "reduce" }]);
  page.on("console", (message) => { if (message.type() === "error") fault(`${page.url()}: console: ${message.text()}`); });
  page.on("pageerror", (error) => fault(`${page.url()}: ${error.message}`));
  page.on("requestfailed", (request) => { if (!request.url().endsWith("/events") && request.failure()?.errorText !== "net::ERR_ABORTED") fault(`${request.url()}: ${request.failure()?.errorText}`); });
  page.on("response", (response) => { if (response.status() >= 400) fault(`${response.url()}: ${response.status()}`); });
  return page;
}

// All panels have drawn what they have.
async function settled(page) {
  await page.waitForFunction(() => document.querySelector("main > *") && !document.querySelector(".tiles:empty, h1 + section.panel:empty") && ![...document.querySelectorAll(".state")].some((state) => state.textContent.startsWith("Loading")), { timeout: 30000 });
  await new Promise((resolve) => setTimeout(resolve, 500));
}

async function accessible(page, of) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const violation of found.violations.filter((known) => ["serious", "critical"].includes(known.impact))) {
    fault(`${of}: ${violation.id}: ${violation.help}: ${violation.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ")}`);
  }
}

async function look(browser, address, pages, [theme, width, height]) {
  const page = await open(browser, theme, width, height);
  for (const [title, to] of Object.entries(pages)) {
    await page.goto(address + to, { waitUntil: "domcontentloaded" });
    await settled(page);
    const of = `${name}-${title}-${width < 500 ? "phone" : theme}`;
    const errors = await page.$$eval(".state.error:not([hidden])", (states) => states.map((state) => state.textContent));
    errors.forEach((text) => fault(`${of}: ${text}`));
    const named = await page.title();
    if (title.startsWith("dashboard") && !named.startsWith(await page.$eval("h1", (head) => head.textContent))) fault(`${of}: the page is called ${named}`);
    if (await page.$$eval("main .panel:empty", (boxes) => boxes.some((box) => box.getClientRects().length))) fault(`${of}: an empty box`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 1) fault(`${of}: the page is ${wide} px wider than the window`);
    await accessible(page, of);
    await page.screenshot({ path: path.join(screenshots, of + ".png"), fullPage: title !== "api" });
  }
  await page.close();
}

// What the page shows is what the API says.
async function figures(browser, address) {
  const page = await open(browser, "light", 1280, 900);
  await page.goto(address + "/", { waitUntil: "domcontentloaded" });
  await settled(page);
  await page.click("#filters .presets button:last-child");
  await settled(page);
  const asked = new URL(page.url()).search;
  const told = (await (await fetch(address + "/api/v1/overview" + asked)).json()).metrics;
  if (!isDemo) {
    const shown = await page.$$eval("[data-metric]", (tiles) => tiles.map((tile) => [tile.dataset.metric, tile.querySelector(".value").dataset.value]));
    for (const [metric, value] of shown) {
      const known = told.find((figure) => figure.name === metric);
      if (String(known.value) !== String(value)) fault(`${metric}: the page has ${value}, the API ${known.value}`);
    }
    if (shown.length !== told.length) fault(`the page shows ${shown.length} figures of ${told.length}`);
  }
  // Why answers; the theme switches; SQL answers.
  // In one step: the demo may draw its tiles anew between finding one and clicking it.
  await page.$eval("[data-metric=gross_sales] button", (button) => button.click());
  await page.waitForSelector("dialog[open] pre", { timeout: 15000 });
  await accessible(page, `${name}-why`);
  await page.screenshot({ path: path.join(screenshots, `${name}-why.png`) });
  await page.keyboard.press("Escape");
  await page.click("#theme");
  await page.goto(address + "/sql", { waitUntil: "domcontentloaded" });
  await settled(page);
  await page.click(".sql button.main");
  await page.waitForSelector(".sql table", { timeout: 15000 });
  await page.screenshot({ path: path.join(screenshots, `${name}-sql-answer.png`), fullPage: true });
  await page.close();
}

// Every chart reads as a table, on every page; every why of a page has a figure and how it is defined.
async function answers(browser, address, pages) {
  const page = await open(browser, "light", 1280, 900);
  let asked = 0;
  for (const [title, to] of Object.entries(pages).filter(([title]) => title !== "api")) {
    await page.goto(address + to, { waitUntil: "domcontentloaded" });
    await settled(page);
    const charts = await page.$$eval(".panel:has([role=img])", (panels) => panels.map((panel) => {
      const toggle = panel.querySelector("header button[aria-pressed]");
      if (toggle) toggle.click();
      return [panel.getAttribute("aria-label"), Boolean(panel.querySelector("tbody tr"))];
    }));
    for (const [chart, isTable] of charts) if (!isTable) fault(`${title}: ${chart} is no table`);
    if (charts.length) await accessible(page, `${name}-${title}-tables`);
    const whys = await page.$$eval("main header button[aria-label^='Why: '], main .tile button[aria-label^='Why: '], main dd button[aria-label^='Why: ']", (buttons) => buttons.map((button) => button.getAttribute("aria-label")));
    // A row of a table by day, country or category answers for itself, and so does each figure of a product or a customer.
    const rows = await page.$$eval("tr:first-child td button[aria-label^='Why: ']", (buttons) => buttons.map((button) => button.getAttribute("aria-label")));
    for (const why of [...whys, ...rows]) {
      // In one step: the demo may draw its tiles anew between finding one and clicking it.
      const isThere = await page.evaluate((why) => { const button = document.querySelector(`button[aria-label="${CSS.escape(why)}"]`); button?.click(); return Boolean(button); }, why);
      if (!isThere && isDemo) continue;
      await page.waitForSelector("dialog[open] .big, dialog[open] .error", { timeout: 15000 });
      const told = await page.$eval("dialog[open]", (dialog) => (dialog.querySelector(".error") || dialog.querySelector(".big")).textContent);
      if (!/[0-9]/.test(told) || (await page.$("dialog[open] .error"))) fault(`${title}: ${why}: ${told}`);
      // A figure that is the button itself is what it answers, to the whole unit that both are shown with.
      const shown = / of |, ever, |^Why: (Orders|Units|Spend|Avg. order value), /.test(why) && why.split(", ").at(-1).match(/[0-9]/) ? numberOf(why.replace(/^.*, (?=[^ ])/, "")) : null;
      if (!isDemo && shown !== null && Math.abs(shown - numberOf(told)) > 1) fault(`${title}: ${why} is answered by ${told}`);
      await page.keyboard.press("Escape");
      asked += 1;
    }
    if (/^(overview|customers?|products?|order|dashboard.*)$/.test(title) && !whys.length) fault(`${title}: nothing answers why`);
  }
  console.log(`${name}: ${asked} figures answered why`);
  await page.close();
}

// A figure as the page writes it in English.
const numberOf = (text) => Number(text.replace(/[^-0-9.]/g, ""));

// Every table of every page is offered as csv, xlsx and Parquet, and what is offered is such a file.
async function files(browser, address, pages) {
  const page = await open(browser, "light", 1280, 900);
  let given = 0;
  for (const [title, to] of Object.entries(pages).filter(([title]) => !["api", "sql"].includes(title))) {
    await page.goto(address + to, { waitUntil: "domcontentloaded" });
    await settled(page);
    const without = await page.$$eval(".panel:has(table)", (panels) => panels.filter((panel) => !["csv", "xlsx", "parquet"].every((kind) => panel.querySelector(`button[aria-label$=" as ${kind}"]`))).map((panel) => panel.getAttribute("aria-label")));
    for (const panel of without) fault(`${title}: ${panel} is no file`);
    // What a button would load is told instead of loaded.
    const addresses = await page.evaluate(async () => {
      const asked = [];
      for (const button of document.querySelectorAll('main button[aria-label$=" as parquet"]')) {
        const stop = (event) => { event.preventDefault(); asked.push(event.destination.url); };
        navigation.addEventListener("navigate", stop, { once: true });
        button.click();
        navigation.removeEventListener("navigate", stop);
      }
      return asked;
    });
    for (const file of addresses) {
      const response = await fetch(file);
      const begin = Buffer.from(await response.arrayBuffer()).subarray(0, 4).toString();
      if (!response.ok || begin !== "PAR1") fault(`${title}: ${file}: ${response.status}`);
      given += 1;
    }
  }
  console.log(`${name}: ${given} tables came as files`);
  if (given < 20) fault(`only ${given} tables came as files`);
  await page.close();
}

// A shop of a German locale, read by a browser of another: numbers, money and days are as Germans write them.
async function german(browser) {
  const { server, address: listening } = serve(["--no-run"], { WHARF_SHOP_LOCALE: "de-DE" });
  try {
    const page = await open(browser, "light", 1280, 900);
    await page.goto((await listening) + "/", { waitUntil: "domcontentloaded" });
    await settled(page);
    await page.click("#filters .presets button:last-child");
    await settled(page);
    const tile = (metric) => page.$eval(`[data-metric=${metric}] .value`, (value) => value.textContent);
    const told = { gross_sales: await tile("gross_sales"), average_order_value: await tile("average_order_value"), orders: await tile("orders"), cancel_rate: await tile("cancel_rate") };
    await page.$$eval("main header button[aria-pressed]", (buttons) => buttons[0].click());
    told.day = await page.$eval("td button[aria-label^='Why: ']", (button) => button.textContent);
    const written = { gross_sales: /^\d{1,3}(\.\d{3})+\s£$/, average_order_value: /^\d+,\d\d\s£$/, orders: /^\d{1,3}(\.\d{3})+$/, cancel_rate: /^\d+,\d\s%$/, day: /^\d{1,2}\.\s(Jan|Feb|März|Apr|Mai|Juni|Juli|Aug|Sept|Okt|Nov|Dez)\.?\s\d{4}$/ };
    for (const [what, like] of Object.entries(written)) if (!like.test(told[what])) fault(`${what} is not German: ${told[what]}`);
    await page.screenshot({ path: path.join(screenshots, `${name}-german.png`), fullPage: true });
    await page.close();
  } finally {
    await end(server);
  }
}

// The period that was not chosen stands in the address, and goes when another page or all defaults are asked for.
async function sent(browser, address) {
  const page = await open(browser, "light", 1280, 900);
  await page.goto(address + "/", { waitUntil: "domcontentloaded" });
  await settled(page);
  const period = () => new URL(page.url()).search;
  const usual = period();
  if (!/from=[-0-9]+&to=[-0-9]+/.test(usual)) fault(`the address holds no period: ${page.url()}`);
  await page.click("#filters .presets button:last-child");
  if (period() === usual) fault("another period is not in the address");
  await page.click("#filters > button");
  await settled(page);
  if (!isDemo && period() !== usual) fault(`all defaults are ${period()}, not ${usual}`);
  if (await page.$("#filters > button")) fault("with all defaults there is something to reset");
  await page.close();
}

// Whoever walks through a page by keyboard stays where they are when tables are published, and comes back from a why.
async function keeps(browser, address) {
  const page = await open(browser, "light", 1280, 900);
  await page.goto(address + "/", { waitUntil: "domcontentloaded" });
  await settled(page);
  // Each answer is another than the one before: a new order, other numbers.
  await page.evaluate(() => {
    const given = window.fetch;
    let turn = 0;
    window.fetch = async (url, options) => {
      const response = await given(url, options);
      if (!/\/(orders|products|overview)\?/.test(url) || !response.ok) return response;
      const body = await response.json();
      turn += 1;
      for (const metric of body.metrics || []) metric.value += turn;
      if (/orders/.test(url)) body.rows.unshift(body.rows.pop().map((value, index) => (index ? value : `new-${turn}`)));
      else for (const row of body.rows || []) row.forEach((value, index) => { if (typeof value === "number") row[index] = value + turn; });
      return new Response(JSON.stringify(body), { status: 200 });
    };
  });
  const published = async () => {
    const before = await page.$eval("#live tbody", (rows) => rows.textContent);
    await page.evaluate(() => dispatchEvent(new Event("wharf:filters")));
    await page.waitForFunction((before) => document.querySelector("#live tbody")?.textContent !== before, { timeout: 15000 }, before).catch(() => fault("a publish drew nothing"));
    await settled(page);
  };
  const focused = () => page.evaluate(() => { const held = document.activeElement; return `${held.tagName} ${(held.getAttribute("aria-label") || held.textContent).trim().slice(0, 60).replace(/, [^,]*[0-9].*/, "")}`; });
  for (const place of ["[data-metric=units] button", "#live tbody tr:nth-child(2) a", "section[aria-label='Top products'] tbody tr:nth-child(2) button", "section[aria-label='Top products'] tbody tr:nth-child(2) a", "#filters button"]) {
    await page.focus(place);
    const before = await focused();
    await published();
    if ((await focused()) !== before) fault(`after a publish the focus is on ${await focused()} instead of ${before}`);
  }
  // The row that had it is gone: then it is in its table.
  await page.focus("#live tbody tr:last-child a");
  for (let turn = 0; turn < 2; turn += 1) await published();
  if (!(await page.evaluate(() => document.querySelector("#live").contains(document.activeElement)))) fault("with its row the focus is lost");
  await page.$eval("#live .scroll", (table) => { table.scrollTop = 20; });
  const scrolled = await page.$eval("#live .scroll", (table) => table.scrollTop);
  await page.focus("[data-metric=units] button");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog[open] .big", { timeout: 15000 });
  await published();
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.querySelector("dialog[open]"));
  if ((await focused()) !== "BUTTON Why: Units") fault(`after a why the focus is on ${await focused()}`);
  if ((await page.$eval("#live .scroll", (table) => table.scrollTop)) !== scrolled) fault("a publish scrolls a table back");
  await page.close();
}

// What is looked at stands in the address; what the address says wrongly is told.
async function addressed(browser, address, pages) {
  const page = await open(browser, "light", 1280, 900);
  const shows = async (to) => { await page.goto(address + to, { waitUntil: "domcontentloaded" }); await settled(page); };
  const asked = (name) => new URL(page.url()).searchParams.get(name);
  await shows("/customers");
  await page.select("select[aria-label='Sort customers by']", "orders");
  await settled(page);
  if (await page.$(".pager")) { await page.click(".pager button:last-child"); if (asked("page") !== "2") fault(`the second page is ${page.url()}`); }
  if (asked("sort") !== "orders") fault(`the order of customers is not in ${page.url()}`);
  await page.reload({ waitUntil: "domcontentloaded" });
  await settled(page);
  if ((await page.$eval("select[aria-label='Sort customers by']", (select) => select.value)) !== "orders") fault("an order in the address is not kept");
  if (await page.$$eval("nav a", (links) => links.some((link) => /sort|page/.test(link.search)))) fault("the order of a list goes along to other pages");
  await shows("/baskets");
  await page.$eval("main .row label:nth-child(2) input", (input) => { input.value = "2"; input.dispatchEvent(new Event("change")); });
  if (asked("min_lift") !== "2") fault(`a field of Baskets is not in ${page.url()}`);
  await settled(page);
  await shows(pages.order + "?country=Nowhere");
  const links = await page.$$eval("main dd a, main td a", (all) => all.map((link) => link.getAttribute("href")));
  for (const link of links.filter((link) => !link.endsWith("?country=Nowhere"))) fault(`${link} of an order loses the filters`);
  const { last_day: last } = await (await fetch(address + "/api/v1/shop")).json();
  await shows(`/?to=${last}`);
  await page.$eval("section[aria-label='Gross sales by day'] button[aria-pressed]", (toggle) => toggle.click());
  if ((await page.$$("section[aria-label='Gross sales by day'] tbody tr")).length < 2) fault("a period with an open end has no days");
  await page.close();
  // Refused requests are what is looked at here.
  const wrong = await browser.newPage();
  await wrong.goto(address + "/?from=abc", { waitUntil: "domcontentloaded" });
  await settled(wrong);
  const told = await wrong.$eval("section[aria-label='Gross sales by day'] .error", (state) => state.textContent).catch(() => "nothing");
  if (!told.includes("abc")) fault(`from=abc is answered by ${told}`);
  await wrong.close();
}

// Log in by the page, look, log out: then nothing is answered any more.
async function leaves(browser, pages) {
  const password = "correct horse";
  const hash = execFileSync(wharf, ["serve", "--hash-password"], { input: password, encoding: "utf8" }).trim();
  const { server, address: listening } = serve(["--no-run"], { WHARF_SERVE_ADMIN_PASSWORD_HASH: hash, WHARF_SERVE_VIEWER_TOKEN: VIEWER });
  try {
    const address = await listening;
    const page = await open(browser, "light", 390, 844);
    await page.goto(address + "/", { waitUntil: "domcontentloaded" });
    await page.type("[name=password]", password);
    await page.click("#login button");
    await page.waitForSelector("#log-out:not([hidden])", { timeout: 15000 }).catch(() => fault("there is no button to log out"));
    await settled(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 1) fault(`with a button to log out the page is ${wide} px wider than the window`);
    await accessible(page, `${name}-logged-in`);
    await page.screenshot({ path: path.join(screenshots, `${name}-logged-in.png`) });
    await page.click("#log-out");
    await page.waitForSelector("#login", { timeout: 15000 }).catch(() => fault("logging out led nowhere"));
    if (await page.evaluate(async () => (await fetch("/", { redirect: "manual" })).type !== "opaqueredirect")) fault("the session goes on after its end");
    await page.close();
    // A viewer is told that SQL is not theirs, and what is hidden leads nowhere.
    const viewed = await open(browser, "light", 1280, 900);
    await viewed.setExtraHTTPHeaders({ Authorization: `Bearer ${VIEWER}` });
    await viewed.goto(address + "/sql", { waitUntil: "domcontentloaded" });
    await settled(viewed);
    if (await viewed.$("textarea")) fault("a viewer is offered SQL");
    await viewed.goto(address + pages.order, { waitUntil: "domcontentloaded" });
    await settled(viewed);
    if (await viewed.$("main a[href^='/customers/']")) fault("a hidden customer is a link");
    await viewed.close();
  } finally {
    await end(server);
  }
}

// An order that arrives is shown, within two seconds of its file; its product's id, whatever is in it, leads to the product.
async function arrives(browser, address) {
  const page = await open(browser, "light", 1280, 900);
  await page.goto(address + "/", { waitUntil: "domcontentloaded" });
  await settled(page);
  await new Promise((resolve) => setTimeout(resolve, 500));
  if (isDemo) {
    await page.waitForFunction(() => document.querySelector("#live tr.new"), { timeout: 60000 }).catch(() => fault("no order appeared in a minute"));
  } else {
    const file = path.join(project, "inbox", "late.csv");
    const order = String(990000 + (Date.now() % 9999));
    const odd = "50% A/B?#1&c";
    const text = `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n${order},22423,REGENCY CAKESTAND 3 TIER,3,2011-12-09 23:59:00,12.75,17850,United Kingdom\n${order},${odd},ODD NUMBER,1,2011-12-09 23:59:00,1.25,17850,United Kingdom\n`;
    writeFileSync(file + ".part", text);
    const begun = Date.now();
    renameSync(file + ".part", file);
    await page.waitForFunction((order) => document.querySelector("#live")?.textContent.includes(order), { timeout: 20000, polling: 20 }, order).catch(() => fault("the order did not appear"));
    const millis = Date.now() - begun;
    console.log(`${name}: an order was on the page ${millis} ms after its file`);
    if (millis > 2000) fault(`the order took ${millis} ms`);
    await page.goto(`${address}/orders/${order}`, { waitUntil: "domcontentloaded" });
    await settled(page);
    await page.evaluate((odd) => [...document.querySelectorAll("td a")].find((link) => link.textContent === odd).click(), odd);
    await page.waitForFunction((odd) => document.querySelector("h1")?.textContent.includes("ODD NUMBER") && document.querySelector("h1 small").textContent === odd, { timeout: 15000 }, odd).catch(() => fault(`the product ${odd} has no page`));
    await page.reload({ waitUntil: "domcontentloaded" });
    await page.waitForFunction(() => document.querySelector("h1")?.textContent.includes("ODD NUMBER"), { timeout: 15000 }).catch(() => fault(`the address of the product ${odd} leads nowhere`));
    await settled(page);
  }
  await page.close();
}

mkdirSync(screenshots, { recursive: true });
const { server, address: listening } = serve();
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"], headless: true });
try {
  const address = await listening;
  await fetch(address + "/readyz");
  const pages = await pagesOf(address);
  for (const one of LOOKS) await look(browser, address, pages, one);
  await figures(browser, address);
  await answers(browser, address, pages);
  await arrives(browser, address);
  // What pages do of themselves is the same in every shop.
  if (!isDemo) {
    await files(browser, address, pages);
    await sent(browser, address);
    await keeps(browser, address);
    await addressed(browser, address, pages);
    await leaves(browser, pages);
    await german(browser);
  }
} finally {
  await browser.close();
  await end(server);
}
console.log(`${name}: ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
