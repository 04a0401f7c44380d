// Charts by ECharts, in the page's colours. Tooltips are drawn, not written as HTML: the page allows no inline styles.
import * as format from "./format.js";

const shown = new Set();

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

export function heat() {
  return colour("heat").split(",").map((part) => part.trim());
}

export function palette() {
  return [colour("accent"), colour("second"), colour("good"), colour("warn"), colour("soft"), colour("sixth")];
}

export function draw(element, option) {
  let chart = window.echarts.getInstanceByDom(element);
  if (!chart) {
    chart = window.echarts.init(element, null, { renderer: "canvas" });
    // A chart that was taken away changes its size too: it ends, with all that moves in it.
    const watch = new ResizeObserver(() => { if (element.isConnected) chart.resize(); else { watch.disconnect(); chart.dispose(); shown.delete(element); } });
    watch.observe(element);
    shown.add(element);
  }
  element.option = option;
  chart.setOption(themed(option()), true);
  return chart;
}

// After a change of theme.
export function redraw() {
  for (const element of shown) {
    if (!element.isConnected) {
      const chart = window.echarts.getInstanceByDom(element);
      if (chart) chart.dispose();
      shown.delete(element);
    } else {
      window.echarts.getInstanceByDom(element).setOption(themed(element.option()), true);
    }
  }
}

// Room for the names of axes on all sides, also for half of the last one.
export const AXES = { outerBoundsMode: "same", outerBoundsContain: "all" };

function themed(option) {
  const quiet = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {
    animation: !quiet, animationDuration: 300, color: palette(), textStyle: { color: colour("soft"), fontFamily: "system-ui, sans-serif" },
    grid: { left: 8, right: 12, top: 28, bottom: 8, ...AXES },
    ...option,
    // In words' own colour: a name in its line's would be white where the line's points are hollow.
    legend: option.legend && { itemWidth: 12, itemHeight: 8, icon: "roundRect", ...option.legend, textStyle: { color: colour("ink") } },
    tooltip: option.tooltip === false ? undefined : {
      renderMode: "richText", confine: true, backgroundColor: colour("panel"), borderColor: colour("line"), textStyle: { color: colour("ink"), fontSize: 12 }, ...option.tooltip,
    },
  };
}

const axisLook = () => ({ axisLine: { lineStyle: { color: colour("line") } }, axisTick: { show: false }, axisLabel: { color: colour("soft"), hideOverlap: true } });

export function categories(data, more = {}) {
  return { type: "category", data, ...axisLook(), ...more };
}

export function values(unit, more = {}) {
  return {
    type: "value", ...axisLook(), axisLine: { show: false }, splitLine: { lineStyle: { color: colour("faint") } }, splitNumber: 4,
    axisLabel: { color: colour("soft"), formatter: (value) => (unit === "ratio" ? format.percent(value, 0) : format.short(value, unit)) },
    // A rate that is 0 throughout is no rate of 120%, and few are more than 100%.
    ...(unit === "ratio" ? { max: ({ max }) => (max <= 0 ? 0.04 : max > 0.8 && max <= 1 ? 1 : null) } : {}), ...more,
  };
}

const MOST = 12;

// What is said below bars that leave rows out.
export function shownOf(table) {
  return table.rows.length > MOST ? `${MOST} of ${format.count(table.rows.length)}, the rest in the table` : "";
}

// Bars from the top down, one a row.
export function ranked(names, numbers, unit) {
  const top = names.slice(0, MOST).reverse();
  const of = numbers.slice(0, MOST).reverse();
  return {
    grid: { left: 8, right: 16, top: 8, bottom: 8, ...AXES },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: (value) => format.figure(value, unit) },
    xAxis: values(unit, { splitNumber: 2 }), yAxis: categories(top, { axisLabel: { color: colour("ink"), width: 120, overflow: "truncate" } }),
    series: [{ type: "bar", data: of, barMaxWidth: 16, itemStyle: { borderRadius: [0, 3, 3, 0] } }],
  };
}

export function heatmap(xs, ys, cells, unit, told) {
  const most = Math.max(1e-9, ...cells.map((cell) => cell[2] || 0));
  return {
    grid: { left: 8, right: 12, top: 8, bottom: 8, ...AXES },
    tooltip: { formatter: (item) => told(item.value) },
    xAxis: categories(xs, { splitArea: { show: false } }), yAxis: categories(ys, { inverse: true }),
    visualMap: { show: false, dimension: 2, min: 0, max: unit === "ratio" ? Math.min(1, most) : most, inRange: { color: heat() } },
    series: [{ type: "heatmap", data: cells, itemStyle: { borderColor: colour("panel"), borderWidth: 1 } }],
  };
}
