/** A table with scoped headers that scrolls on its own where the page is narrow. */
import { html, type Html, type HtmlPart } from "./template.js";

export interface Column {
  readonly title: string;
  /** Second line of the header. */
  readonly unit?: string;
  readonly numeric?: boolean;
}

export interface TableRow {
  /** The first is the row's header. */
  readonly cells: readonly HtmlPart[];
  readonly kind?: string;
  /** Id of the point that the row is about: filters hide it with its point. */
  readonly point?: string;
}

/** @param label what the table is, for those who hear the page */
export function table(label: string, columns: readonly Column[], rows: readonly TableRow[]): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
    <table>
      <thead>
        <tr>
          ${columns.map(head)}
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => bodyRow(columns, row))}
      </tbody>
    </table>
  </div>`;
}

/** Names and values; values that are empty are left out. */
export function facts(label: string, entries: readonly (readonly [string, HtmlPart])[]): Html {
  const rows = entries.filter(([, value]) => value !== "");
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
    <table class="facts">
      <tbody>
        ${rows.map(
          ([name, value]) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td>${value}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function head({ title, unit, numeric }: Column): Html {
  const second = unit === undefined || unit === "" ? "" : html`<span class="unit">${unit}</span>`;
  return html`<th scope="col" ${numeric === true ? html` class="number"` : ""}>${title}${second}</th>`;
}

function bodyRow(columns: readonly Column[], { cells, kind, point }: TableRow): Html {
  const attributes = html`${kind === undefined ? "" : html` class="${kind}"`}${
    point === undefined ? "" : html` data-point="${point}"`
  }`;
  return html`<tr${attributes}>${cells.map((cell, i) => bodyCell(cell, i === 0, columns[i]?.numeric === true))}</tr>
`;
}

function bodyCell(content: HtmlPart, first: boolean, numeric: boolean): Html {
  const kind = numeric ? "number" : isShort(content) ? "short" : "long";
  return first ? html`<th scope="row" class="${kind}">${content}</th>` : html`<td class="${kind}">${content}</td>`;
}

/** Names and labels stay in one line; sentences wrap. */
function isShort(content: HtmlPart): boolean {
  return typeof content === "string" && content.length <= 48;
}
