/** The claims of the suite with their verdicts: a table, or on narrow pages one block a claim. */
import { toneOf, verdictCounts } from "../claims.js";
import { reportClaims, type ReportClaim, type ReportInput } from "../input.js";
import { html, type Html, type HtmlPart } from "./template.js";

export function claimsSection(input: ReportInput): Html {
  const claims = reportClaims(input);
  if (claims.length === 0) return html``;
  const columns = COLUMNS.filter(({ isEmpty }) => !claims.every(isEmpty));
  return html`<section>
    <h2>Claims</h2>
    <p>${verdictCounts(claims)}.</p>
    <table class="claims" role="table" aria-label="Claims">
      <thead role="rowgroup">
        <tr role="row">
          ${columns.map(({ title }) => html`<th scope="col" role="columnheader">${title}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${claims.map(
          (claim) =>
            html`<tr role="row">
              ${columns.map(({ cell, kind }, i) => bodyCell(cell(claim), kind, i === 0))}
            </tr> `,
        )}
      </tbody>
    </table>
  </section>`;
}

interface ClaimColumn {
  readonly title: string;
  readonly kind: "id" | "says" | "verdict" | "evidence" | "published";
  cell(claim: ReportClaim): HtmlPart;
  isEmpty(claim: ReportClaim): boolean;
}

const never = (): boolean => false;

const COLUMNS: readonly ClaimColumn[] = [
  { title: "Claim", kind: "id", cell: ({ id }) => id, isEmpty: never },
  { title: "Statement", kind: "says", cell: ({ says }) => says, isEmpty: ({ says }) => says === "" },
  { title: "Verdict", kind: "verdict", cell: badge, isEmpty: never },
  { title: "Evidence", kind: "evidence", cell: evidenceCell, isEmpty: never },
  { title: "Published", kind: "published", cell: publishedCell, isEmpty: ({ published }) => published === undefined },
];

function bodyCell(content: HtmlPart, kind: string, first: boolean): Html {
  return first
    ? html`<th scope="row" role="rowheader" class="claim-${kind}">${content}</th>`
    : html`<td role="cell" class="claim-${kind}">${content}</td>`;
}

function badge({ verdict }: ReportClaim): Html {
  return html`<span class="badge ${toneOf(verdict)}">${verdict}</span>`;
}

/** More are of no use on a page; the others are as easily made again. */
const MOST_DETAILS = 200;

function evidenceCell({ evidence, details }: ReportClaim): HtmlPart {
  if (details.length < 2) return evidence;
  const more = details.length - MOST_DETAILS;
  return html`${evidence}
    <details>
      <summary>${details.length} findings</summary>
      <ul>
        ${details.slice(0, MOST_DETAILS).map((detail) => html`<li>${detail}</li>`)}
        ${more > 0 ? html`<li>and ${more} more</li>` : ""}
      </ul>
    </details>`;
}

/** The caption stands before the value where columns have no head. */
function publishedCell({ published }: ReportClaim): HtmlPart {
  if (published === undefined) return "";
  const { value, context } = published;
  return html`<span class="caption">Published: </span>${value}${
      context === "" ? "" : html`<span class="context">${context}</span>`
    }`;
}
