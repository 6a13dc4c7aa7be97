/** Choices by parameter, for the charts and the tables of points at once; shown where scripts run. */
import { sweptNames } from "../params.js";
import { resultTable } from "../table.js";
import { html, type Html } from "./template.js";
import type { ReportInput } from "../input.js";

/** A point's texts by filter: what the page's script gets. */
export interface PageFilter {
  readonly title: string;
  /** By the point's id. */
  readonly values: Readonly<Record<string, string>>;
}

/** One a parameter that is swept over a few values; more are a scroll bar and no choice. */
const MOST_CHOICES = 40;

export function pageFilters(input: ReportInput): readonly PageFilter[] {
  const { rows, params } = resultTable(input);
  return sweptNames(input.summary.points).flatMap((_, column) => {
    const values = rows.map((row) => [row.point.id, row.params[column] ?? ""] as const);
    const choices = new Set(values.map(([, text]) => text)).size;
    const title = params[column] ?? "";
    return choices < 2 || choices > MOST_CHOICES ? [] : [{ title, values: Object.fromEntries(values) }];
  });
}

export function filterForm(filters: readonly PageFilter[]): Html {
  if (filters.length === 0) return html``;
  return html`<form class="controls" data-live hidden aria-label="Choose points">
    ${filters.map(
      ({ title, values }, index) =>
        html`<span class="control">
          <label for="filter-${index}">${title}</label>
          <select id="filter-${index}" data-filter="${index}">
            <option value="">all</option>
            ${[...new Set(Object.values(values))].map((text) => html`<option value="=${text}">${text || "–"}</option>`)}
          </select>
        </span> `,
    )}
    <output data-shown aria-live="polite"></output>
  </form>`;
}
