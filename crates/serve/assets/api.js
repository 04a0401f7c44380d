// Asking the server. A problem becomes an error that knows what to do about it.
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.status = status;
    this.advice = body.advice;
    this.line = body.line;
    this.column = body.column;
  }
}

const BASE = "/api/v1";

export function address(path, parameters) {
  const given = Object.entries(parameters || {}).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(given).toString();
  return BASE + path + (query ? "?" + query : "");
}

export function get(path, parameters) {
  return ask(address(path, parameters), {});
}

export function send(method, path, body, parameters) {
  return ask(address(path, parameters), {
    method,
    headers: { "Content-Type": "application/json", "X-Wharf": "1" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

// A file that a question gives, handed to the browser to keep.
export async function download(sql, format) {
  const response = await fetch(address("/query", { format }), {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Wharf": "1" },
    body: JSON.stringify({ sql }),
  });
  if (!response.ok) throw await problem(response);
  keep(await response.blob(), `query.${format}`);
}

function keep(blob, name) {
  const url = URL.createObjectURL(blob);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

async function ask(url, options) {
  const response = await fetch(url, options);
  if (response.status === 401) location.assign("/login");
  if (!response.ok) throw await problem(response);
  return response.status === 204 ? null : response.json();
}

async function problem(response) {
  const body = await response.json().catch(() => ({}));
  return new Problem(response.status, body);
}

// Rows as objects, by column name.
export function objects(table) {
  const names = table.columns.map((column) => column.name);
  return table.rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
}
