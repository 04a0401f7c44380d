// Clicks through every page of a served shop in headless Chromium, in light, dark and phone width.
//   usage: node pages.mjs WHARF PROJECT [SCREENSHOTS]      PROJECT is a project's folder, or `demo`
// Fails on an error in the console, a request that fails, a serious fault that axe-core finds, a figure that is another than
// the API's, and, in the demo, an order that does not appear. Needs puppeteer-core and axe-core beside NODE_PATH (scripts/browser.sh).
import { spawn } from "node:child_process";
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
function serve() {
  const command = isDemo ? ["demo", "--port", "0"] : ["serve", "--port", "0", "--project", project];
  const server = spawn(wharf, command, { stdio: ["ignore", "pipe", "inherit"] });
  const address = new Promise((resolve, reject) => {
    let out = "";
    server.stdout.on("data", (text) => { out += text; if (out.includes("\n")) resolve(out.split("\n")[0]); });
    server.on("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return { server, address };
}

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
  await page.waitForFunction(() => !document.querySelector(".state") || ![...document.querySelectorAll(".state")].some((state) => state.textContent.startsWith("Loading")), { timeout: 30000 });
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
  // Every chart reads as a table; why answers; the theme switches; SQL answers.
  for (const button of await page.$$(".panel header button[aria-pressed]")) await button.click();
  await settled(page);
  if (!(await page.$(".panel table"))) fault("no chart became a table");
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

// An order that arrives is shown, within two seconds of its file.
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
    const text = `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n${order},22423,REGENCY CAKESTAND 3 TIER,3,2011-12-09 23:59:00,12.75,17850,United Kingdom\n`;
    writeFileSync(file + ".part", text);
    const begun = Date.now();
    renameSync(file + ".part", file);
    await page.waitForFunction((order) => document.querySelector("#live")?.textContent.includes(order), { timeout: 20000, polling: 20 }, order).catch(() => fault("the order did not appear"));
    const millis = Date.now() - begun;
    console.log(`${name}: an order was on the page ${millis} ms after its file`);
    if (millis > 2000) fault(`the order took ${millis} ms`);
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
  await arrives(browser, address);
} finally {
  await browser.close();
  const ended = new Promise((resolve) => server.on("exit", resolve));
  server.kill("SIGINT");
  const code = await ended;
  if (code !== 0) fault(`the server ended with ${code}`);
}
console.log(`${name}: ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
