/**
 * `report.html`: one file that works offline, from file://, and with scripts switched off.
 *
 * It holds static SVG charts, which are there at once, and the data and libraries to replace them with live
 * ones. Its content security policy forbids all network access. Vega compiles its expressions, hence `unsafe-eval`.
 */
import { omittedNote } from "../charts/chart.js";
import { renderSvg } from "../svg.js";
import { renderSpecs, type ChartSpec } from "../specs.js";
import { verdictOf } from "../verdict.js";
import { librarySources } from "./libraries.js";
import { CHARTS_ELEMENT, PAGE_SCRIPT, type PageChart } from "./script.js";
import { claimsSection } from "./claims.js";
import { flagsSection, framesSection, rerunSection, resultsSection } from "./sections.js";
import { setupSection } from "./setup.js";
import { PAGE_STYLE } from "./style.js";
import { html, scriptJson, scriptSource, trusted, type Html } from "./template.js";
import { themedSpec } from "./themed.js";
import type { ReportInput } from "../input.js";

export async function reportHtml(input: ReportInput): Promise<string> {
  const charts = renderSpecs(input);
  const figures = await Promise.all(charts.map(figure));
  const libraries = await librarySources();
  const live = charts
    .filter(({ drawn }) => drawn > 0)
    .map((chart): PageChart => ({ ...chart, spec: themedSpec(chart) }));
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="generator" content="nicbench" />
        <link rel="icon" href="data:," />
        <title>${input.manifest.suite.title} – nicbench</title>
        <style>
          ${trusted(PAGE_STYLE)}
        </style>
      </head>
      <body>
        <main>
          ${header(input)} ${claimsSection(input)}
          <section aria-label="Charts">
            ${figures.length > 0 ? figures : html`<p class="nothing">No charts: no point was measured.</p>`}
          </section>
          ${resultsSection(input)} ${flagsSection(input)} ${setupSection(input)} ${framesSection(input)}
          ${rerunSection(input)}
        </main>
        <script type="application/json" id="${CHARTS_ELEMENT}">
          ${scriptJson(live.map(({ id, spec, shape }) => ({ id, spec, shape })))}
        </script>
        ${libraries.map(
          (source) =>
            html`<script>
              ${scriptSource(source)};
            </script> `,
        )}
        <script>
          ${scriptSource(PAGE_SCRIPT)};
        </script>
      </body>
    </html> `;
  return page.html;
}

const POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval'",
  "style-src 'unsafe-inline'",
  "img-src data: blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function header(input: ReportInput): Html {
  const { suite, testbed, startedAt } = input.manifest;
  const { tone, headline, counts } = verdictOf(input);
  return html`<header>
    <p class="eyebrow">nicbench · ${suite.experiment} on ${testbed.name} · ${startedAt.slice(0, 10)}</p>
    <h1>${suite.title}</h1>
    ${suite.description === undefined ? "" : html`<p class="lead">${suite.description}</p>`}
    <p class="verdict ${tone}"><strong>${headline}</strong> <span>${counts}</span></p>
  </header> `;
}

async function figure(chart: ChartSpec): Promise<Html> {
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
      ${omittedNote(chart.omitted).map((note) => html`<p>${note}</p>`)}
    </figcaption>
  </figure> `;
}
