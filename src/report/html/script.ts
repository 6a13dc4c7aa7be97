import { measure } from "../charts/measure.js";
import type { ChartSpec } from "../specs.js";

/** A chart as the page's script gets it. */
export type PageChart = Pick<ChartSpec, "id" | "spec" | "shape">;

export const CHARTS_ELEMENT = "nicbench-charts";

/**
 * The page's own script: puts live charts, with tooltips and fitted to the page's width, in the place of the
 * static ones. If anything fails the static ones stay. Sets `data-charts` of the root element to `drawn` or
 * `static` when it is done.
 */
export const PAGE_SCRIPT = `"use strict";
(() => {
  const measure = ${measure.toString()};
  const charts = JSON.parse(document.getElementById("${CHARTS_ELEMENT}").textContent);

  const fitted = ({ spec, shape }, available) => {
    const { width, columns, legendColumns, labelAngle } = measure(shape, available);
    const copy = structuredClone(spec);
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

  const draw = async (chart) => {
    const place = document.querySelector("#" + chart.id + " .plot");
    const width = Math.floor(place.clientWidth);
    if (width < 50 || place.dataset.width === String(width)) return;
    const live = document.createElement("div");
    const options = { renderer: "svg", actions: false, logLevel: vega.Error, tooltip: { theme: "custom" } };
    const { finalize } = await vegaEmbed(live, fitted(chart, width), options);
    place.finalize?.();
    place.finalize = finalize;
    place.replaceChildren(live);
    place.dataset.width = String(width);
  };

  const drawAll = async () => {
    const results = await Promise.allSettled(charts.map(draw));
    for (const { reason } of results) if (reason) console.error(reason);
    document.documentElement.dataset.charts = results.every(({ status }) => status === "fulfilled") ? "drawn" : "static";
  };

  let timer;
  addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(drawAll, 150);
  });
  void drawAll();
})();
`;
