// Numbers and days as people of the shop read them.
let currency = "EUR";
let zone = "UTC";
let locale;
const made = new Map();

export function setShop(shop) {
  currency = shop.currency;
  zone = shop.timezone;
  // One that nobody knows would break every number.
  try { locale = Intl.getCanonicalLocales(shop.locale || [])[0]; } catch { locale = undefined; }
  made.clear();
}

function formatter(key, options) {
  if (!made.has(key)) {
    let format;
    try { format = new Intl.NumberFormat(locale, options); } catch { format = new Intl.NumberFormat(locale, {}); }
    made.set(key, format);
  }
  return made.get(key);
}

export function money(value, digits = 2) {
  return formatter("money" + digits, { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

// Short, for axes and tiles.
export function short(value, unit) {
  const style = unit === "currency" ? { style: "currency", currency } : {};
  return formatter("short" + unit, { ...style, notation: "compact", maximumFractionDigits: 1 }).format(value);
}

export function count(value) {
  return formatter("count", { maximumFractionDigits: 0 }).format(value);
}

export function number(value) {
  return formatter("number", { maximumFractionDigits: 4 }).format(value);
}

export function percent(value, digits = 1) {
  return formatter("percent" + digits, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

export function day(text) {
  const date = new Date(text + "T00:00:00Z");
  return date.toLocaleDateString(locale, { timeZone: "UTC", year: "numeric", month: "short", day: "numeric" });
}

export function instant(text) {
  const options = { timeZone: zone, year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" };
  try { return new Date(text).toLocaleString(locale, options); } catch { return text; }
}

// An instant's time in the shop's zone, and the day that it lies on there.
export function time(text) {
  const options = { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" };
  try { return new Date(text).toLocaleTimeString(locale, options); } catch { return text; }
}

export function dayOf(text) {
  try { return new Date(text).toLocaleDateString(locale, { timeZone: zone, year: "numeric", month: "short", day: "numeric" }); } catch { return text; }
}

// Short: without the seconds, and the year where it is this one; of other years the day alone.
export function moment(text, year) {
  if (text.slice(0, 4) !== year) return dayOf(text);
  const options = { timeZone: zone, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
  try { return new Date(text).toLocaleString(locale, options); } catch { return text; }
}

export function bytes(value) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit += 1; }
  return (unit ? value.toFixed(1) : value) + " " + units[unit];
}

export function figure(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "currency") return money(value, Math.abs(value) >= 100000 ? 0 : 2);
  if (unit === "ratio") return percent(value);
  if (unit === "factor") return value !== 0 && Math.abs(value) < 0.0001 ? value.toExponential(1) : number(value);
  return count(value);
}

// A cell of a table.
export function cell(value, column) {
  if (value === null || value === undefined) return "";
  switch (column.kind) {
    case "day": return day(value);
    case "instant": return instant(value);
    case "boolean": return value ? "yes" : "no";
    case "integer": return /(^|_)(id|load|run|row|line|rank|line_no|age)$/.test(column.name) ? String(value) : column.name === "bytes" ? bytes(value) : count(value);
    case "decimal":
    case "number":
      if (column.unit === "currency") return money(value);
      if (column.unit === "ratio" && !/lift|conviction/.test(column.name)) return percent(value);
      return number(value);
    default: return typeof value === "object" ? JSON.stringify(value) : String(value);
  }
}

const TITLES = { average_order_value: "Avg. order value", customer_id: "Customer", product_id: "Product", order_id: "Order", ordered_at: "Ordered", landed_at: "Landed",
  both_baskets: "Baskets with both", p_value: "p", cohort_customers: "Customers of cohort", landed_table: "Table", started_at: "Started", check_name: "Check" };

export function title(name) {
  return TITLES[name] || (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll("_", " ");
}

// Days as numbers, to count with.
export function dayNumber(text) { return Math.round(Date.parse(text + "T00:00:00Z") / 86400000); }
export function dayText(number) { return new Date(number * 86400000).toISOString().slice(0, 10); }
