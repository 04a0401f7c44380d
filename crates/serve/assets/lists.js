// Lists whose page and order stand in the address, so that they can be sent and come back to.
import { h } from "./dom.js";
import { own, setOwn } from "./filters.js";
import { pages } from "./parts.js";

const FIRST = { page: "1" };

export function pagedList(size, refresh) {
  const offset = () => Math.max(0, Math.floor(Number(own(FIRST).page) - 1) || 0) * size;
  return {
    window: () => ({ limit: size, offset: offset() }),
    buttons: (more) => pages(offset(), size, more, (to) => { setOwn(FIRST, { page: to / size + 1 }); refresh(); }),
  };
}

// options: what can be sorted by => how it is called, the usual first.
export function sortBy(things, options, refresh) {
  const usual = { sort: Object.keys(options)[0] };
  const select = h("select", { "aria-label": `Sort ${things} by`, onchange: () => { setOwn({ ...usual, ...FIRST }, { sort: select.value, ...FIRST }); refresh(); } },
    Object.entries(options).map(([value, title]) => h("option", { value }, title)));
  const now = () => {
    const { sort } = own(usual);
    // Also after Reset, which forgets it.
    return (select.value = sort in options ? sort : usual.sort);
  };
  now();
  return { choice: h("label", { class: "note" }, "by ", select), now };
}
