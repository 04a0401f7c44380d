// The API's description, drawn from its OpenAPI document.
import { fill, h } from "./dom.js";

const main = document.getElementById("main");

function named(document, schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.oneOf || schema.anyOf) return (schema.oneOf || schema.anyOf).map((one) => named(document, one)).filter((text) => text !== "null").join(" or ");
  if (schema.type === "array") return named(document, schema.items) + "[]";
  if (schema.enum) return schema.enum.join(" | ");
  return [].concat(schema.type || "any").filter((type) => type !== "null").join(" or ") + (schema.format ? ` (${schema.format})` : "");
}

function operation(document, path, method, about) {
  const parameters = (about.parameters || []).map((one) => h("tr", {}, h("th", { scope: "row" }, one.name, one.required ? " *" : ""), h("td", {}, one.in), h("td", {}, named(document, one.schema)), h("td", {}, one.description || "")));
  const responses = Object.entries(about.responses || {}).map(([status, one]) => {
    const content = Object.entries(one.content || {}).map(([type, of]) => `${type}: ${named(document, of.schema)}`).join(", ");
    return h("tr", {}, h("th", { scope: "row" }, status), h("td", {}, one.description), h("td", {}, content));
  });
  return h("details", {}, h("summary", {}, h("code", {}, `${method.toUpperCase()} ${path}`), " ", about.summary || ""),
    about.description ? h("p", {}, about.description) : null,
    parameters.length ? h("div", { class: "scroll" }, h("table", {}, h("caption", { class: "hidden" }, "Parameters"), h("tbody", {}, parameters))) : null,
    h("div", { class: "scroll" }, h("table", {}, h("caption", { class: "hidden" }, "Responses"), h("tbody", {}, responses))));
}

const document_ = await (await fetch("/api/v1/openapi.json")).json();
const parts = [h("h1", {}, document_.info.title, " API"), h("p", {}, document_.info.description), h("p", {}, "Base: ", h("code", {}, document_.servers[0].url), " · ", h("a", { href: "/api/v1/openapi.json" }, "openapi.json"))];
for (const tag of document_.tags) {
  parts.push(h("h2", {}, tag.name), h("p", { class: "note" }, tag.description));
  for (const [path, item] of Object.entries(document_.paths)) for (const [method, about] of Object.entries(item)) if ((about.tags || []).includes(tag.name)) parts.push(operation(document_, path, method, about));
}
parts.push(h("h2", {}, "Schemas"), Object.entries(document_.components.schemas).map(([name, schema]) => h("details", {}, h("summary", {}, h("code", {}, name)), h("pre", { tabindex: "0" }, JSON.stringify(schema, null, 2)))));
fill(main, parts);
