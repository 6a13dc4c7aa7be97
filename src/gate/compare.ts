/**
 * Runs side by side: by what factor each metric differs from the first run's, and whether that is more than noise.
 *
 * - `same`: the factor's interval lies within the margin around 1 (an equivalence test: Schuirmann, Journal of
 *   Pharmacokinetics and Biopharmaceutics 15, 1987), whether or not there is a small difference.
 * - `better`, `worse`: else, if the rank test sees a difference, corrected for all rows of the table (Holm).
 *   `higher`, `lower` for metrics without a better direction.
 * - `inconclusive`: neither.
 */
import { holm } from "../statistics/holm.js";
import { summarise, type SampleSummary } from "../statistics/summary.js";
import { rankTest, superiority } from "../statistics/rank_test.js";
import { ratioEstimate, type RatioEstimate } from "../statistics/ratio.js";
import { differences, type Difference } from "./environment.js";
import { isSameState } from "./host_state.js";
import { leastTrials } from "./judge.js";
import { pairPoints } from "./points.js";
import type { PointSamples, SampleMetric, SampleSet } from "./samples.js";

export type Verdict = "better" | "worse" | "same" | "higher" | "lower" | "inconclusive";

export interface CompareOptions {
  readonly metrics: readonly SampleMetric[];
  /** Share by which a factor may differ from 1 and still be called the same. */
  readonly margin: number;
  /** Of each bound of an interval, and of all verdicts together. */
  readonly confidence: number;
}

export interface ComparedRow {
  readonly point: PointSamples;
  readonly metric: SampleMetric;
  readonly first: SampleSummary;
  readonly other: SampleSummary;
  /** Undefined where a value is 0. */
  readonly ratio: RatioEstimate | undefined;
  /** Share of pairs of trials in which the other's value is the greater one, ties half. */
  readonly superiority: number;
  /** Two-sided probability of such samples if both came from one population, corrected. */
  readonly probability: number;
  readonly verdict: Verdict;
}

/** One run held against the first. */
export interface ComparedRun {
  readonly runs: readonly string[];
  readonly rows: readonly ComparedRow[];
  readonly onlyFirst: readonly PointSamples[];
  readonly onlyOther: readonly PointSamples[];
  /** Whether hosts were in the state of the first run, by the calibration loop. */
  readonly sameState: boolean;
}

export interface Comparison {
  readonly first: readonly string[];
  readonly others: readonly ComparedRun[];
  /** Trials a side that a row needs to be called better or worse; undefined where some row has them. */
  readonly neededTrials: number | undefined;
  /** One value a run, the first run's first. */
  readonly environment: readonly Difference[];
  readonly settings: readonly Difference[];
}

/** What a terminal has room for. */
const MAIN_METRICS = 5;

/** The first metrics that were measured and that can be better or worse. */
export function mainMetrics({ metrics, points }: SampleSet): readonly SampleMetric[] {
  const measured = metrics.filter(({ name, better }) => {
    return better !== "neither" && points.some(({ samples }) => name in samples);
  });
  return measured.slice(0, MAIN_METRICS);
}

export function compareSets(first: SampleSet, others: readonly SampleSet[], options: CompareOptions): Comparison {
  const sets = [first, ...others];
  const open = others.map((other) => measuredRows(first, other, options));
  const all = open.flatMap(({ rows }) => rows);
  const corrected = holm(all.map(({ probability }) => probability));
  let next = 0;
  return {
    first: first.runs,
    others: open.map(({ rows, ...run }) => ({
      ...run,
      rows: rows.map((row) => {
        const judged = { ...row, probability: corrected[next++] ?? 1 };
        return { ...judged, verdict: verdictOf(judged, options) };
      }),
    })),
    neededTrials: neededTrials(all, options),
    environment: differences(sets.map(({ environment }) => environment)),
    settings: differences(sets.map(({ settings }) => settings)),
  };
}

type OpenRow = Omit<ComparedRow, "verdict">;

function measuredRows(first: SampleSet, other: SampleSet, { metrics, confidence }: CompareOptions) {
  const { pairs, onlyBaseline, onlyCandidate } = pairPoints(first, other);
  const rows = metrics.flatMap((metric) =>
    pairs.flatMap(({ baseline, candidate }): OpenRow[] => {
      const [before, after] = [baseline.samples[metric.name], candidate.samples[metric.name]];
      if (before === undefined || after === undefined) return [];
      const { less, greater } = rankTest(before, after);
      return [
        {
          point: baseline,
          metric,
          first: summarise(before),
          other: summarise(after),
          ratio: ratioEstimate(before, after, confidence),
          superiority: superiority(before, after),
          probability: Math.min(1, 2 * Math.min(less, greater)),
        },
      ];
    }),
  );
  const sameState = isSameState(first.state, other.state);
  return { runs: other.runs, rows, onlyFirst: onlyBaseline, onlyOther: onlyCandidate, sameState };
}

/** Each test has two sides, so it takes as many trials as twice the comparisons do. */
function neededTrials(rows: readonly OpenRow[], { confidence }: CompareOptions): number | undefined {
  const least = leastTrials(confidence, 2 * rows.length);
  return rows.some(({ first, other }) => Math.min(first.n, other.n) >= least) ? undefined : least;
}

function verdictOf(row: OpenRow, { margin, confidence }: CompareOptions): Verdict {
  const { ratio, first, other, probability, metric } = row;
  if (isSame(ratio, margin, confidence) || allEqual(first, other)) return "same";
  if (probability > 1 - confidence) return "inconclusive";
  const higher = row.superiority > 0.5;
  if (metric.better === "neither") return higher ? "higher" : "lower";
  return higher === (metric.better === "higher") ? "better" : "worse";
}

/** The range of too few trials is no interval of that confidence. */
function isSame(ratio: RatioEstimate | undefined, margin: number, confidence: number): boolean {
  if (ratio === undefined || ratio.confidence < confidence) return false;
  return ratio.low >= 1 - margin && ratio.high <= 1 + margin;
}

/** Counts, and losses of 0, that every trial of both runs agrees on. */
function allEqual(a: SampleSummary, b: SampleSummary): boolean {
  return a.min === a.max && b.min === b.max && a.min === b.min;
}
