/** A chart as a figure of a page: title, static SVG, and what is to be known about it. */
import { omittedNote } from "../charts/chart.js";
import { renderSvg } from "../svg.js";
import { html, trusted, type Html } from "./template.js";
import { themedSpec } from "./themed.js";
import type { ChartSpec } from "../specs.js";

export async function chartFigure(chart: ChartSpec): Promise<Html> {
  const body =
    chart.drawn > 0
      ? html`<div class="plot" role="img" aria-label="${`${chart.title}. ${chart.alt}`}">
          ${trusted(await renderSvg(themedSpec(chart)))}
        </div>`
      : html`<p class="nothing">${chart.alt}</p>`;
  return html`<figure id="${chart.id}">
    <h2>${chart.title}</h2>
    ${chart.description === "" ? "" : html`<p>${chart.description}</p>`} ${body}
    <figcaption>
      <p>${chart.notes.join(" ")}</p>
      ${omittedNote(chart.omitted).map((note) => html`<p>${note}</p>`)} ${chart.drawn > 0 ? downloads(chart) : ""}
    </figcaption>
  </figure> `;
}

/** What the chart draws, as files; made by the script, as the page has the data once. */
function downloads({ title }: ChartSpec): Html {
  const button = (kind: string, text: string): Html =>
    html`<button type="button" data-${trusted(kind)} aria-label="${`${text} of ${title}`}">${text}</button>`;
  return html`<p class="downloads" data-live hidden>Data: ${button("csv", "CSV")} ${button("json", "JSON")}</p>`;
}
