/** The pages of the history site: an index, and one page a suite and machine. Static, without scripts. */
import { themedSpec } from "../html/themed.js";
import { documentHtml } from "../html/document.js";
import { table, type TableRow } from "../html/tables.js";
import { html, trusted, type Html } from "../html/template.js";
import { quantityText } from "../scale.js";
import { renderSvg } from "../svg.js";
import { trendSpec } from "./trend_chart.js";
import type { MetricDefinition, RunManifest } from "../../results/model.js";
import type { History, Trend } from "./history.js";

/** More panels no one looks through; changes of the others are in the table. */
const MOST_PANELS = 30;

export function indexPage(all: readonly History[]): string {
  const rows = all.map((history): TableRow => {
    const changes = history.trends.flatMap(({ changes: found }) => found).length;
    const link = html`<a href="${history.id}.html">${history.title}</a>`;
    return { cells: [link, history.place, history.runs.length, changes, lastOf(history).startedAt.slice(0, 10)] };
  });
  const columns = [
    { title: "Suite" },
    { title: "Machine" },
    { title: "Runs", numeric: true },
    { title: "Changes of level", numeric: true },
    { title: "Last run" },
  ];
  return page(
    "History",
    html`<h1>History</h1>
      ${table("Suites", columns, rows)}`,
  );
}

export async function historyPage(history: History): Promise<string> {
  const figures: Html[] = [];
  for (const metric of history.metrics) figures.push(await figure(history, metric));
  return page(
    history.title,
    html`<p class="eyebrow"><a href="index.html">History</a> · ${history.place}</p>
      <h1>${history.title}</h1>
      <section>
        <h2>Changes of level</h2>
        ${changesTable(history)}
        <p class="muted">
          Found in the medians of the runs by E-divisive at a significance of 1 % for each series; a level lasts four
          runs at least. Suspect points are left out. With many series some changes are chance.
        </p>
      </section>
      ${figures}
      <section>
        <h2>Runs</h2>
        ${runsTable(history)}
      </section>`,
  );
}

async function figure({ trends }: History, { name, title }: MetricDefinition): Promise<Html> {
  const own = trends.filter(({ metric }) => metric.name === name);
  if (own.length === 0) return html``;
  const shown = own.toSorted((a, b) => b.changes.length - a.changes.length).slice(0, MOST_PANELS);
  const alt = `${title} over the runs, ${shown.length} points.`;
  return html`<figure>
    <h2>${title}</h2>
    <div class="plot" role="img" aria-label="${alt}">
      ${trusted(await renderSvg(themedSpec({ spec: trendSpec(shown) })))}
    </div>
    <figcaption>
      <p>
        Medians with 95 % intervals, the oldest run first; axes do not start at 0. Dotted: the level changed.
        ${own.length > shown.length ? `${own.length - shown.length} more points are not drawn.` : ""}
      </p>
    </figcaption>
  </figure>`;
}

function changesTable({ trends }: History): Html {
  const found = trends.flatMap((trend) => trend.changes.map((change) => ({ trend, change })));
  if (found.length === 0) return html`<p>None.</p>`;
  const newest = found.toSorted((a, b) => b.change.run.startedAt.localeCompare(a.change.run.startedAt));
  const columns = ["Point", "Metric", "Change", "Before", "After", "p", "Run", "Commit"].map((title) => ({ title }));
  const rows = newest.map(changeRow);
  const rest = rows.slice(MOST_TOLD);
  return html`${table("Changes of level", columns, rows.slice(0, MOST_TOLD))}${
    rest.length === 0
      ? ""
      : html`<details>
          <summary>${rest.length} more</summary>
          ${table("More changes of level", columns, rest)}
        </details>`
  }`;
}

const MOST_TOLD = 20;

function changeRow({ trend, change }: { readonly trend: Trend; readonly change: Trend["changes"][number] }): TableRow {
  const { run, before, after, probability } = change;
  const { metric, point } = trend;
  const text = html`<span class="badge ${toneOf(trend, after > before)}">${changeText(before, after)}</span>`;
  const [old, now] = [before, after].map((value) => quantityText(value, metric.unit));
  return {
    cells: [point, metric.title, text, old ?? "", now ?? "", probability.toPrecision(1), run.run, commitOf(run)],
  };
}

function toneOf({ metric }: Trend, grew: boolean): string {
  return grew === (metric.better === "higher") ? "good" : "bad";
}

function changeText(before: number, after: number): string {
  const share = (100 * (after - before)) / before;
  return Number.isFinite(share) ? `${share > 0 ? "+" : ""}${share.toFixed(1)}%` : "–";
}

function runsTable({ runs }: History): Html {
  const columns = ["No.", "Run", "Started", "Commit", "Outcome", "Trials ok, suspect, failed"].map((title) => ({
    title,
  }));
  const rows = runs.map(({ manifest, summary: { outcome, trials } }, i): TableRow => ({
    cells: [
      i + 1,
      manifest.run,
      manifest.startedAt,
      commitOf(manifest),
      outcome,
      `${trials.ok}, ${trials.suspect}, ${trials.failed}`,
    ],
  }));
  return table("Runs", columns, rows.toReversed());
}

function commitOf({ git }: RunManifest): string {
  return "commit" in git ? `${git.commit.slice(0, 10)}${git.dirty ? ", changed" : ""}` : "unknown";
}

function lastOf({ runs }: History): RunManifest {
  const last = runs.at(-1);
  if (last === undefined) throw new TypeError("a history has a run");
  return last.manifest;
}

function page(title: string, body: Html): string {
  return documentHtml(title, html`<main>${body}</main>`);
}
