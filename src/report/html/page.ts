/**
 * `report.html`: one file that works offline, from file://, and with scripts switched off.
 *
 * It holds static SVG charts, which are there at once, and the data and libraries to replace them with live
 * ones. Its content security policy forbids all network access (but for a live page, which may ask its own server). Vega compiles its expressions, hence `unsafe-eval`.
 */
import { LIVE_SCRIPT } from "../live.js";
import { renderSpecs } from "../specs.js";
import { verdictOf } from "../verdict.js";
import { librarySources } from "./libraries.js";
import { differencesSection, runsSection } from "./comparison.js";
import { filterForm, pageFilters } from "./filters.js";
import { pageSamples, samplesSection } from "./samples.js";
import { DATA_ELEMENT, PAGE_SCRIPT, type PageData } from "./script.js";
import { claimsSection } from "./claims.js";
import { documentHtml } from "./document.js";
import { chartFigure } from "./figure.js";
import { flagsSection, framesSection, rerunSection, resultsSection } from "./sections.js";
import { setupSection } from "./setup.js";
import { html, scriptJson, scriptSource, type Html } from "./template.js";
import { themedSpec } from "./themed.js";
import { caveatsOf, type ReportInput } from "../input.js";

export interface PageOptions {
  /** Whether a server on this machine tells the page when to read itself anew. */
  readonly live?: boolean;
}

export async function reportHtml(input: ReportInput, { live = false }: PageOptions = {}): Promise<string> {
  const charts = renderSpecs(input);
  const figures = await Promise.all(charts.map(chartFigure));
  const libraries = await librarySources();
  const filters = pageFilters(input);
  const data: PageData = {
    charts: charts
      .filter(({ drawn }) => drawn > 0)
      .map((chart) => ({ id: chart.id, spec: themedSpec(chart), shape: chart.shape })),
    filters,
    samples: pageSamples(input),
  };
  const body = html`
    <main>
      ${header(input)} ${claimsSection(input)} ${runsSection(input)} ${filterForm(filters)}
      <section aria-label="Charts">
        ${figures.length > 0 ? figures : html`<p class="nothing">No charts: no point was measured.</p>`}
      </section>
      ${resultsSection(input)} ${differencesSection(input)} ${samplesSection(input)} ${flagsSection(input)}
      ${setupSection(input)} ${framesSection(input)} ${rerunSection(input)}
    </main>
    <script type="application/json" id="${DATA_ELEMENT}">
      ${scriptJson(data)}
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
    ${
      live
        ? html`<script>
            ${scriptSource(LIVE_SCRIPT)};
          </script>`
        : ""
    }
  `;
  return documentHtml(input.manifest.suite.title, body, live ? LIVE_POLICY : POLICY);
}

const POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval'",
  "style-src 'unsafe-inline'",
  "img-src data: blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const LIVE_POLICY = `${POLICY}; connect-src 'self'`;

function header(input: ReportInput): Html {
  const { suite, testbed, startedAt } = input.manifest;
  const { tone, headline, counts } = verdictOf(input);
  return html`<header>
    <p class="eyebrow">nicbench · ${suite.experiment} on ${testbed.name} · ${startedAt.slice(0, 10)}</p>
    <h1>${suite.title}</h1>
    ${suite.description === undefined ? "" : html`<p class="lead">${suite.description}</p>`}
    <p class="verdict ${tone}"><strong>${headline}</strong> <span>${counts}</span></p>
    ${caveatsOf(input).map((caveat) => html`<p class="caveat">${caveat}</p>`)}
  </header> `;
}
