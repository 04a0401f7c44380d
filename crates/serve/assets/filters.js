// Which part of the shop is looked at. It stands in the address, so that a view can be sent.
import { h } from "./dom.js";
import { dayNumber, dayText } from "./format.js";
import { renew } from "./renew.js";

const NAMES = ["from", "to", "country", "category", "channel"];
const PERIODS = [["7 days", 7], ["30 days", 30], ["90 days", 90], ["Year", 365], ["All", 0]];
let shop = null;

export function useShop(found) { shop = found; }

// Without a period in the address it is the last 30 days with sales.
function latest() {
  return { from: dayText(Math.max(dayNumber(shop.last_day) - 29, dayNumber(shop.first_day))), to: shop.last_day };
}

export function filters() {
  const asked = new URLSearchParams(location.search);
  const given = Object.fromEntries(NAMES.map((name) => [name, asked.get(name) || ""]));
  if (isOpen(asked) && shop && shop.last_day) Object.assign(given, latest());
  return given;
}

function isOpen(asked) { return !asked.has("from") && !asked.has("to"); }

// Puts the period that was not asked for into the address, so that it shows the same to whom it is sent. Here it goes on with
// the shop's last day, which history.state tells, until a period is chosen. Whether the address is another now.
export function settle() {
  const asked = new URLSearchParams(location.search);
  if (!shop || !shop.last_day || !(follows() || isOpen(asked))) return false;
  const now = latest();
  const isThere = follows() && asked.get("from") === now.from && asked.get("to") === now.to;
  if (isThere) return false;
  for (const [name, value] of Object.entries(now)) asked.set(name, value);
  history.replaceState({ follows: true }, "", `${location.pathname}?${asked}${location.hash}`);
  return true;
}

function follows() { return Boolean(history.state && history.state.follows); }

// The days that are asked for, the shop's own first and last where an end is open; null where one is no day, as somebody wrote it.
export function span() {
  const { from, to } = filters();
  const [first, last] = [dayNumber(from || shop.first_day), dayNumber(to || shop.last_day)];
  return Number.isNaN(first + last) ? null : [first, last];
}

// A link to the same period goes on with it.
export function stateOf(href) {
  const [to, now] = [new URL(href, location).searchParams, new URLSearchParams(location.search)];
  return ["from", "to"].every((name) => to.get(name) === now.get(name)) ? history.state : null;
}

// What a link to another page takes along: not how a list here is sorted.
export function carried() {
  const asked = new URLSearchParams(location.search);
  const query = new URLSearchParams(NAMES.filter((name) => asked.has(name)).map((name) => [name, asked.get(name)])).toString();
  return query && "?" + query;
}

// What a page has of its own in the address, `usual` where it is not there: a list's order and page, a field of a form.
export function own(usual) {
  const asked = new URLSearchParams(location.search);
  return Object.fromEntries(Object.entries(usual).map(([name, value]) => [name, asked.get(name) ?? value]));
}

// What is as usual needs no place there.
export function setOwn(usual, changes) {
  const asked = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (String(value) === usual[name]) asked.delete(name); else asked.set(name, value);
  }
  const query = asked.toString();
  history.pushState(history.state, "", location.pathname + (query ? "?" + query : ""));
}

// For what is told over all time: who comes back is not seen in a month.
export function place() {
  const { country, category, channel } = filters();
  return { country, category, channel };
}

export function change(changes) {
  const asked = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "" || value === null) asked.delete(name); else asked.set(name, value);
  }
  // Page 7 of another list is none that was asked for.
  asked.delete("page");
  const query = asked.toString();
  history.pushState("from" in changes || "to" in changes ? null : history.state, "", location.pathname + (query ? "?" + query : ""));
  dispatchEvent(new Event("wharf:filters"));
}

// All defaults.
function reset() {
  history.pushState(null, "", location.pathname);
  settle();
  dispatchEvent(new Event("wharf:filters"));
}

export function drawFilters(form) {
  if (!shop || !shop.last_day) return renew(form);
  const now = filters();
  const last = dayNumber(shop.last_day);
  const days = now.from && now.to ? dayNumber(now.to) - dayNumber(now.from) + 1 : 0;
  const isAll = now.from === shop.first_day && now.to === shop.last_day;
  const presets = PERIODS.map(([title, length]) => {
    const from = length ? dayText(last - length + 1) : shop.first_day;
    const pressed = length ? now.to === shop.last_day && days === length && !isAll : isAll;
    return h("button", { type: "button", "aria-pressed": String(pressed), onclick: () => change({ from, to: shop.last_day }) }, title);
  });
  const day = (name, title) => h("label", {}, title, h("input", { type: "date", name, value: now[name], min: shop.first_day, max: shop.last_day, onchange: (event) => event.target.value && change({ ...period(now), [name]: event.target.value }) }));
  const choice = (name, title, of) => of.length < 2 && !now[name] ? null : h("label", {}, title,
    h("select", { name, onchange: (event) => change({ [name]: event.target.value }) }, h("option", { value: "" }, "All"), of.map((value) => h("option", { value, selected: value === now[name] }, value))));
  renew(form, h("div", { class: "presets", role: "group", "aria-label": "Period" }, presets), day("from", "From"), day("to", "To"),
    choice("country", "Country", shop.countries), choice("category", "Category", shop.categories), choice("channel", "Channel", shop.channels),
    follows() && !now.country && !now.category && !now.channel ? null : h("button", { type: "button", class: "quiet", title: "The last 30 days with sales, of the whole shop", onclick: reset }, "Reset"));
}

function period(now) { return { from: now.from, to: now.to }; }
