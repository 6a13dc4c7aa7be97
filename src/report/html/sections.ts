/** The parts of the page below the charts. */
import { MIN_TRIALS_FOR_CI95 } from "../../statistics/interval.js";
import { commandLines } from "../command.js";
import { isFlagged, measuredMetrics, reasonOf, type ReportInput } from "../input.js";
import { pointLabeller } from "../params.js";
import { quantityText } from "../scale.js";
import { resultTable, type ResultCell, type ResultRow } from "../table.js";
import { SAMPLES_ID } from "./samples.js";
import { table, type TableRow } from "./tables.js";
import { html, type Html, type HtmlPart } from "./template.js";
import type { PointSummary, TrialRecord } from "../../results/model.js";

const MOST_SHOWN_TRIALS = 10;

export function resultsSection(input: ReportInput): Html {
  const { params, metrics, rows } = resultTable(input);
  const few = rows.some(({ n }) => n > 1 && n < MIN_TRIALS_FOR_CI95);
  const names = params.length === 0 ? ["Point"] : params;
  const columns = [
    ...names.map((title) => ({ title })),
    { title: "Status" },
    { title: "Trials", numeric: true },
    ...metrics.map(({ title, axis }) => ({ title, unit: axis.symbol, numeric: true })),
  ];
  const body = rows.map((row): TableRow => ({
    kind: row.status,
    point: row.point.id,
    cells: [...(params.length === 0 ? ["all"] : row.params), status(row), trialsCell(row), ...row.cells.map(cell)],
  }));
  return html`<section>
    <h2>Results</h2>
    ${table("Results", columns, body)}
    <p class="muted">
      Medians over the trials; below each, its 95 % confidence
      interval${few ? html` (for fewer than ${MIN_TRIALS_FOR_CI95} trials, their range)` : ""} unless it is narrower
      than the digits shown.
    </p>
    ${allMetrics(input)}
  </section>`;
}

export function flagsSection(input: ReportInput): Html {
  const label = labeller(input);
  const points = input.summary.points.filter(isFlagged);
  const trials = input.trials.filter(({ status }) => status !== "ok");
  if (points.length === 0 && trials.length === 0) {
    return html`<section>
      <h2>Flags</h2>
      <p>None: every point was measured, and no trial is suspect.</p>
    </section>`;
  }
  const pointTable = table(
    "Points with flags",
    [{ title: "Point" }, { title: "Status" }, { title: "Why" }],
    points.map((point) => ({ point: point.id, cells: [label(point.id), badge(point.status), reasonOf(input, point)] })),
  );
  return html`<section>
    <h2>Flags</h2>
    ${points.length > 0 ? pointTable : ""} ${trials.length > 0 ? flaggedTrials(trials, label) : ""}
  </section>`;
}

/** Folded away where they are many: the points above say what matters. */
function flaggedTrials(trials: readonly TrialRecord[], label: (id: string) => string): Html {
  const numbers = ["Repetition", "Attempt"].map((title) => ({ title, numeric: true }));
  const words = ["Status", "Why", "Flags"].map((title) => ({ title }));
  const rows = trials.map(({ point, repetition, attempt, status, reason, flags }) => ({
    cells: [label(point), repetition + 1, attempt + 1, badge(status), reason ?? "", flags.join(", ")],
  }));
  const all = table("Trials that are not ok", [{ title: "Point" }, ...numbers, ...words], rows);
  return html`<details${trials.length <= MOST_SHOWN_TRIALS ? html` open` : ""}>
    <summary>${trials.length === 1 ? "1 trial that is" : `${trials.length} trials that are`} not ok</summary>
    ${all}
  </details>`;
}

export function framesSection(input: ReportInput): Html {
  const counted = input.summary.points.flatMap(({ id, frames }) => (frames ? [{ id, frames }] : []));
  if (counted.length === 0) return html``;
  const places = [
    ...new Set(counted.flatMap(({ frames }) => frames.drops.map(({ place, cause }) => `${place}: ${cause}`))),
  ];
  const label = labeller(input);
  const dropped = (drops: (typeof counted)[number]["frames"]["drops"], at: string): number =>
    drops.filter(({ place, cause }) => `${place}: ${cause}` === at).reduce((sum, { frames }) => sum + frames, 0);
  return html`<section>
    <h2>Where the frames went</h2>
    <p>Sent = received + dropped, summed over the counted trials of each point.</p>
    ${table(
      "Frame conservation",
      [
        { title: "Point" },
        { title: "Sent", numeric: true },
        { title: "Received", numeric: true },
        ...places.map((at) => ({ title: at, unit: "dropped", numeric: true })),
        { title: "Adds up" },
      ],
      counted.map(({ id, frames }) => ({
        point: id,
        cells: [
          label(id),
          whole(frames.sent),
          whole(frames.received),
          ...places.map((at) => whole(dropped(frames.drops, at))),
          frames.conserved ? "yes" : html`<span class="badge bad">no</span>`,
        ],
      })),
    )}
  </section>`;
}

export function rerunSection({ manifest }: ReportInput): Html {
  const { typed, repeat } = commandLines(manifest);
  return html`<section>
    <h2>Run it again</h2>
    <pre>${repeat}</pre>
    ${typed === repeat ? "" : html`<p class="muted">Started as <code>${typed}</code></p>`}
    <p class="muted">The seed ${manifest.seed} gives the same traffic and the same order of trials.</p>
  </section>`;
}

function allMetrics(input: ReportInput): Html {
  const label = labeller(input);
  const metrics = measuredMetrics(input);
  const rows = input.summary.points.flatMap((point) =>
    metrics.flatMap(({ name, title }): TableRow[] => {
      const metric = point.metrics[name];
      if (!metric) return [];
      const text = (value: number): string => quantityText(value, metric.unit);
      const {
        n,
        median,
        ci95: [low, high],
        min,
        max,
      } = metric;
      return [{ point: point.id, cells: [label(point.id), title, n, ...[median, low, high, min, max].map(text)] }];
    }),
  );
  const numbers = ["Trials", "Median", "95 % from", "to", "Min", "Max"].map((title) => ({ title, numeric: true }));
  return html`<details>
    <summary>All metrics of all points</summary>
    ${table("All metrics of all points", [{ title: "Point" }, { title: "Metric" }, ...numbers], rows)}
  </details>`;
}

function cell(result: ResultCell | undefined): HtmlPart {
  if (!result) return "–";
  return result.interval === undefined
    ? result.median
    : html`${result.median}<span class="interval">${result.interval}</span>`;
}

/** The way to the samples behind the row. */
function trialsCell({ n, point }: ResultRow): HtmlPart {
  if (n === 0) return n;
  return html`<a href="#${SAMPLES_ID}" data-samples="${point.id}" aria-label="${`${n} trials: show them`}">${n}</a>`;
}

function status({ status: word, marks }: ResultRow): HtmlPart {
  return html`${badge(word)} ${marks.map((mark) => html`<span class="badge warn">${mark}</span>`)}`;
}

/** The status in words; colour only repeats it. */
function badge(status: PointSummary["status"]): HtmlPart {
  const tone = status === "ok" ? "good" : status === "failed" ? "bad" : "warn";
  return html`<span class="badge ${tone}">${status}</span>`;
}

function labeller({ summary }: ReportInput): (id: string) => string {
  const label = pointLabeller(summary.points);
  const labels = new Map(summary.points.map((point) => [point.id, label(point)]));
  return (id) => labels.get(id) ?? id;
}

function whole(count: number): string {
  return count.toLocaleString("en-US");
}
