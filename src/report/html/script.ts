import { measure } from "../charts/measure.js";
import { FILTER_SCRIPT } from "./filter_script.js";
import { SAMPLES_SCRIPT } from "./samples_script.js";
import type { ChartSpec } from "../specs.js";
import type { PageFilter } from "./filters.js";
import type { PageSamples } from "./samples.js";

/** What the page's script gets. */
export interface PageData {
  readonly charts: readonly Pick<ChartSpec, "id" | "spec" | "shape">[];
  readonly filters: readonly PageFilter[];
  readonly samples: PageSamples;
}

export const DATA_ELEMENT = "nicbench-data";

/**
 * The page's own script: puts live charts, with tooltips and fitted to the page's width, in the place of the
 * static ones as soon as the reader comes near; filters them; gives out their data and the samples. If anything fails the static
 * charts stay. Sets `data-charts` of the root element to `drawn` or `static` when no chart is left to be drawn for now.
 */
export const PAGE_SCRIPT = `"use strict";
(() => {
  const measure = ${measure.toString()};
  const { charts, filters, samples } = JSON.parse(document.getElementById("${DATA_ELEMENT}").textContent);
  const root = document.documentElement;
  const byId = new Map(samples.points.map((point) => [point.id, point]));
  /** Labels of the points that are filtered out. */
  let hidden = new Set();

  const rowsOf = ({ spec }) => spec.data.values.filter(({ point }) => !hidden.has(point));

  const fitted = (chart, available) => {
    const { width, columns, legendColumns, labelAngle } = measure(chart.shape, available);
    const copy = structuredClone({ ...chart.spec, data: {} });
    copy.data = { values: rowsOf(chart) };
    copy.config.legend.columns = legendColumns;
    copy.config.axisX.labelAngle = labelAngle;
    if (copy.facet) {
      copy.columns = columns;
      copy.spec.width = width;
    } else {
      copy.width = width;
    }
    return copy;
  };

  const placeOf = ({ id }) => document.querySelector("#" + id + " .plot");

  const draw = async (chart) => {
    const place = placeOf(chart);
    const width = Math.floor(place.clientWidth);
    const state = width + " " + [...hidden].join("|");
    if (width < 50 || place.dataset.state === state) return;
    place.dataset.state = state;
    const live = document.createElement("div");
    const options = { renderer: "svg", actions: false, logLevel: vega.Error, tooltip: { theme: "custom" } };
    const { finalize } = await vegaEmbed(live, fitted(chart, width), options);
    place.finalize?.();
    place.finalize = finalize;
    place.replaceChildren(live);
  };

  /** Ids of the charts that the reader has come near. */
  const near = new Set();
  /** The others stay as they are, unless they would show what is filtered out. */
  const isWanted = (chart) => near.has(chart.id) || hidden.size > 0 || placeOf(chart).dataset.state !== undefined;
  const nearFirst = (a, b) => near.has(b.id) - near.has(a.id);

  let pass = 0;
  /** One after the other, with room for the reader's clicks between; a newer pass ends an older one. */
  const drawAll = async () => {
    const mine = ++pass;
    let failed = false;
    for (const chart of charts.filter(isWanted).sort(nearFirst)) {
      await draw(chart).catch((error) => {
        failed = true;
        console.error(error);
      });
      await new Promise((next) => setTimeout(next));
      if (mine !== pass) return;
    }
    root.dataset.charts = failed ? "static" : "drawn";
  };

  const save = (name, type, text) => {
    const link = document.createElement("a");
    link.download = name;
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  const csvCell = (value) => {
    const text = value === undefined || value === null ? "" : String(value);
    return /[",\\r\\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const csv = (rows) => rows.map((row) => row.map(csvCell).join(",") + "\\r\\n").join("");

  for (const chart of charts) {
    const figure = document.getElementById(chart.id);
    figure.querySelector("[data-csv]").onclick = () => {
      const rows = rowsOf(chart);
      const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
      save(chart.id + ".csv", "text/csv", csv([names, ...rows.map((row) => names.map((name) => row[name]))]));
    };
    figure.querySelector("[data-json]").onclick = () =>
      save(chart.id + ".json", "application/json", JSON.stringify(rowsOf(chart), null, 1));
  }
${FILTER_SCRIPT}
${SAMPLES_SCRIPT}
  let timer;
  addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(drawAll, 150);
  });
  for (const element of document.querySelectorAll("[data-live]")) element.hidden = false;
  const approached = (entries) => {
    const reached = entries.filter(({ isIntersecting }) => isIntersecting).map(({ target }) => target);
    for (const figure of reached) {
      near.add(figure.id);
      observer.unobserve(figure);
    }
    void drawAll();
  };
  const observer = new IntersectionObserver(approached, { rootMargin: "50% 0px" });
  for (const { id } of charts) observer.observe(document.getElementById(id));
  if (charts.length === 0) root.dataset.charts = "drawn";
})();
`;
