/** Every trial behind the page's numbers, point by point: the script shows them, as a page of all at once would be slow. */
import { groupByPoint } from "../../results/counted.js";
import { countedTrials, measuredMetrics, type ReportInput } from "../input.js";
import { pointLabeller } from "../params.js";
import { html, type Html } from "./template.js";
import type { TrialRecord } from "../../results/model.js";

export const SAMPLES_ID = "samples";

/** What the page's script gets. */
export interface PageSamples {
  readonly metrics: readonly { readonly title: string; readonly unit: string }[];
  readonly points: readonly PagePoint[];
}

interface PagePoint {
  readonly id: string;
  readonly label: string;
  /** In the journal's order. */
  readonly trials: readonly PageTrial[];
}

/** Repetition and attempt from 1; whether it counts; status; start; one value a metric, or null. */
type PageTrial = readonly [number, number, boolean, string, string, readonly (number | null)[]];

/** More would only say how the machine writes numbers. */
const DIGITS = 9;

export function pageSamples(input: ReportInput): PageSamples {
  const metrics = measuredMetrics(input);
  const label = pointLabeller(input.summary.points);
  const trials = groupByPoint(input.trials);
  return {
    metrics: metrics.map(({ title, unit }) => ({ title, unit })),
    points: input.summary.points.map((point) => {
      const counted = new Set(countedTrials(input, point.id));
      return {
        id: point.id,
        label: label(point),
        trials: (trials.get(point.id) ?? []).map((trial) => row(trial, counted.has(trial))),
      };
    }),
  };

  function row({ repetition, attempt, status, startedAt, metrics: values }: TrialRecord, counts: boolean): PageTrial {
    const numbers = metrics.map(({ name }) => {
      const value = values[name];
      return value === undefined ? null : Number(value.toPrecision(DIGITS));
    });
    return [repetition + 1, attempt + 1, counts, status, startedAt, numbers];
  }
}

export function samplesSection({ manifest, summary, trials }: ReportInput): Html {
  if (trials.length === 0) return html``;
  return html`<section>
    <h2 id="${SAMPLES_ID}">Samples</h2>
    <p>
      Every trial behind the numbers above, suspect and failed ones too: a number is the median of what counts. In base
      units, to ${DIGITS} digits; all of them are in <code>samples.csv</code> and <code>journal.ndjson</code> of the run
      <code>${manifest.run}</code>, and what the agents said in its <code>logs/</code>.
    </p>
    <form class="controls" data-live hidden>
      <span class="control">
        <label for="samples-of">Point</label>
        <select id="samples-of" data-samples-of>
          ${summary.points.map(({ id }) => html`<option value="${id}"></option>`)}
        </select>
      </span>
      <button type="button" data-samples-csv>CSV of this point</button>
    </form>
    <div data-samples-table></div>
  </section>`;
}
