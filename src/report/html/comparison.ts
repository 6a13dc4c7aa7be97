/** Of a report of several runs: which they are, and what differs. */
import { compareDifferences, compareNotes, compareRows, type Rows } from "../comparison/rows.js";
import { table } from "./tables.js";
import { html, type Html } from "./template.js";
import type { ComparedRun, ReportInput } from "../input.js";
import type { RunManifest } from "../../results/model.js";

/** At the head of the page. */
export function runsSection({ comparison: compared }: ReportInput): Html {
  if (compared === undefined) return html``;
  return html`<section>
    <h2>Runs</h2>
    ${table("Runs", RUN_COLUMNS, compared.runs.map(runRow))}
    <p class="muted">The first is what the others are held against: <a href="#${DIFFERENCES_ID}">what differs</a>.</p>
  </section>`;
}

export function differencesSection({ comparison: compared }: ReportInput): Html {
  if (compared === undefined) return html``;
  const { comparison, points } = compared;
  const [head = [], ...rows] = compareRows(comparison, points);
  const told = rows.filter((row) => !UNTOLD.has(row.at(-1) ?? ""));
  const rest = rows.filter((row) => UNTOLD.has(row.at(-1) ?? ""));
  return html`<section>
    <h2 id="${DIFFERENCES_ID}">Differences</h2>
    <p class="muted">
      Without suspect trials. better, worse: the rank test sees a difference, corrected for all rows. same: the factor
      is within 2 %. inconclusive: neither; more trials can tell.
    </p>
    ${rowsTable("Differences of metrics", [head, ...told])}
    <details>
      <summary>${rest.length} rows that are the same or inconclusive</summary>
      ${rowsTable("The same or inconclusive", [head, ...rest])}
    </details>
    ${compareNotes(comparison, points).map((note) => html`<p class="muted">${note}</p>`)}
    <h3>What else differs</h3>
    ${rowsTable("Differences of machines and settings", compareDifferences(comparison))}
  </section>`;
}

const DIFFERENCES_ID = "differences";

/** Verdicts that ask for no attention. */
const UNTOLD: ReadonlySet<string> = new Set(["same", "inconclusive"]);

const RUN_COLUMNS = ["Run", "Started", "Commit", "Testbed", "Outcome", "Trials ok, suspect, failed"].map((title) => ({
  title,
}));

function runRow({ label, manifest, summary: { outcome, trials } }: ComparedRun) {
  const counts = `${trials.ok}, ${trials.suspect}, ${trials.failed}`;
  return { cells: [label, manifest.startedAt, commitText(manifest), manifest.testbed.name, outcome, counts] };
}

function commitText({ git }: RunManifest): string {
  return "commit" in git ? `${git.commit.slice(0, 10)}${git.dirty ? ", changed" : ""}` : "unknown";
}

function rowsTable(label: string, [head, ...body]: Rows): Html {
  if (head === undefined || body.length === 0) return html`<p>Nothing.</p>`;
  return table(
    label,
    head.map((title) => ({ title })),
    body.map((cells) => ({ cells })),
  );
}
