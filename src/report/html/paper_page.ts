/**
 * One page for a paper: the verdict on each of its statements first, then figure by figure the claims and the charts with
 * published values beside the measured ones. Static: the report of each run has the live charts, the samples and the set-up.
 */
import { figureTitle } from "../../paper/figures.js";
import { sourceText, type Paper } from "../../paper/reference/papers.js";
import { toneOf, verdictCounts } from "../claims.js";
import { reportClaims, type ReportInput } from "../input.js";
import { renderSpecs, type ChartSpec } from "../specs.js";
import { verdictOf } from "../verdict.js";
import { claimsSection } from "./claims.js";
import { documentHtml } from "./document.js";
import { chartFigure } from "./figure.js";
import { html, type Html } from "./template.js";
import type { PublishedStatement } from "../../paper/reference/published_claims.js";

export interface PaperFigure {
  /** As the paper calls it. */
  readonly figure: string;
  readonly input: ReportInput;
  /** Of the run's own report, relative to the page; undefined if it could not be written. */
  readonly link: string | undefined;
}

export interface PaperReport {
  readonly paper: Paper;
  readonly figures: readonly PaperFigure[];
  /** Figures whose suites were to be run, and were not, since the user stopped before. */
  readonly notBegun: readonly string[];
  /** Statements that no suite checks. */
  readonly unchecked: readonly PublishedStatement[];
}

export async function paperHtml({ paper, figures, notBegun, unchecked }: PaperReport): Promise<string> {
  const sections = await Promise.all(figures.map(figureSection));
  const claims = figures.flatMap(({ input }) => reportClaims(input));
  const body = html`<main>
    <header>
      <p class="eyebrow">nicbench · reproduction of ${paper.venue}</p>
      <h1>${paper.title}</h1>
      <p class="lead">${sourceText(paper)}</p>
      <p class="verdict idle">
        <strong>${claims.length === 0 ? "No claim was judged" : verdictCounts(claims)}</strong>
        <span>on ${[...new Set(figures.map(({ input }) => input.manifest.testbed.name))].join(", ")}</span>
      </p>
      ${notBegun.length === 0 ? "" : html`<p>Stopped before: ${notBegun.map(figureTitle).join(", ")}.</p>`}
    </header>
    ${verdictTable(figures)} ${uncheckedSection(unchecked)} ${sections}
  </main>`;
  return documentHtml(paper.title, body);
}

function verdictTable(figures: readonly PaperFigure[]): Html {
  const rows = figures.flatMap((shown) => reportClaims(shown.input).map((claim) => ({ ...shown, claim })));
  return html`<section>
    <h2>Statements</h2>
    <table class="claims" role="table" aria-label="Statements">
      <thead role="rowgroup">
        <tr role="row">
          ${["Claim", "Figure", "Statement", "Verdict"].map(
            (title) => html`<th scope="col" role="columnheader">${title}</th>`,
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map(
          ({ figure, input, claim }) =>
            html`<tr role="row">
              <th scope="row" role="rowheader" class="claim-id">${claim.id}</th>
              <td role="cell"><a href="#${anchor(input)}">${figureTitle(figure)}</a></td>
              <td role="cell" class="claim-says">${claim.says}</td>
              <td role="cell" class="claim-verdict">
                <span class="badge ${toneOf(claim.verdict)}">${claim.verdict}</span>
              </td>
            </tr> `,
        )}
      </tbody>
    </table>
  </section>`;
}

function uncheckedSection(statements: readonly PublishedStatement[]): Html {
  if (statements.length === 0) return html``;
  return html`<section>
    <h2>Statements that no suite checks</h2>
    <ul>
      ${statements.map(({ id, claim, place }) => html`<li><strong>${id}</strong> (${place}): ${claim}</li>`)}
    </ul>
  </section>`;
}

async function figureSection({ figure, input, link }: PaperFigure): Promise<Html> {
  const { headline, counts } = verdictOf(input);
  const { suite } = input.manifest;
  const charts = await Promise.all(comparedCharts(input).map(chartFigure));
  return html`<section id="${anchor(input)}">
    <h2>${figureTitle(figure)}: ${suite.title}</h2>
    <p><strong>${headline}</strong>: ${counts}. ${link === undefined ? "" : html`<a href="${link}">Its report</a>`}</p>
    ${claimsSection(input)} ${charts}
  </section>`;
}

/** Charts with published values beside the measured ones; all of a suite that has no such. */
function comparedCharts(input: ReportInput): readonly ChartSpec[] {
  const { plots } = input.manifest.suite;
  const charts = renderSpecs(input).map((chart) => ({ ...chart, id: `${anchor(input)}-${chart.id}` }));
  const compared = charts.filter((_, index) => plots[index]?.reference !== undefined);
  return compared.length > 0 ? compared : charts;
}

function anchor({ manifest }: ReportInput): string {
  return manifest.suite.name;
}
