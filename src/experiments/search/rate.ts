/**
 * `traffic.rate: search`: one trial of the runner is a whole search, which makes many measurements at loads that it
 * chooses. Of these, one gives the trial's frames, latency and cost: that at the rate which was found, or one more, with
 * `measure_at` at a share of it, with `measure_for` for longer. With `back_to_back` a search for the longest burst follows.
 */
import { binarySearch } from "../../search/binary.js";
import { mlrSearch } from "../../search/mlrsearch.js";
import { formatQuantity } from "../../units.js";
import { withDoubt } from "../conntrack/verdict.js";
import { withBursts } from "./bursts.js";
import { doubtsAbove, endDoubts, withSteal, type EndTexts } from "./doubts.js";
import {
  runSearch,
  stoppable,
  type Completed,
  type Measure,
  type Measurement,
  type SearchContext,
} from "./measurement.js";
import { searchSchema, type SearchParameters } from "./parameters.js";
import type { LoadRange, Search } from "../../search/model.js";
import type { TrialOutcome } from "../experiment.js";
import type { TrafficRate } from "../traffic/parameters.js";

/** Above what the wire takes at rate `max`, so that the largest load is lossy. */
const HEADROOM = 1.25;

/** About: a search from 10 kpps to 20 Mpps with a width of 1 % takes 13 steps in halves. */
const RATE_MEASUREMENTS = 14;

/** About, in measurements of full length: most of the bursts of a search are short. */
const BURST_MEASUREMENTS = 8;

/** About how many measurements of `durationSeconds` a trial makes. */
export function expectedMeasurements(
  { traffic: { rate }, search }: { readonly traffic: { readonly rate: unknown } } & SearchContext["point"],
  durationSeconds: number,
): number {
  if (rate !== "search") return 1;
  const bursts = search?.back_to_back === undefined ? 0 : BURST_MEASUREMENTS;
  return RATE_MEASUREMENTS + bursts + (search?.measure_for ?? 0) / durationSeconds;
}

/** What a trial needs to run at the rate of its point. */
type RateContext<Rate> = SearchContext & {
  readonly point: { readonly traffic: { readonly rate: Rate | "search" } };
};

/** A trial at the rate of its point, or one that searches for it. */
export async function runAtRate<Rate extends TrafficRate>(
  context: RateContext<Rate>,
  measure: (rate: Rate | number | "max", durationSeconds: number) => Promise<Measurement>,
): Promise<TrialOutcome> {
  const { rate } = context.point.traffic;
  return isSearch(rate) ? searchRate(context, measure) : (await measure(rate, context.durationSeconds)).outcome;
}

function isSearch(rate: unknown): rate is "search" {
  return rate === "search";
}

export async function searchRate(context: SearchContext, measureAny: Measure): Promise<TrialOutcome> {
  const { point, durationSeconds, signal } = context;
  const parameters = searchSchema.parse(point.search ?? {});
  const measure = stoppable(measureAny, signal);
  const started = performance.now();
  const range = await rangeOf(parameters, durationSeconds, measure);
  const end = await runSearch(searchOf(parameters, range, durationSeconds), measure);
  if ("failed" in end) return end.failed;
  const search_seconds = (performance.now() - started) / 1000;
  const reported = await reportedOf(end, parameters, durationSeconds, measure);
  const spent = { search_trials: end.history.length, search_seconds };
  const outcome = searchOutcome(end, parameters, reported, spent);
  const { back_to_back } = parameters;
  if (outcome.status === "failed" || back_to_back === undefined) return outcome;
  return withBursts(outcome, back_to_back, parameters, durationSeconds, measure);
}

export async function rangeOf(
  { min_rate, max_rate }: SearchParameters,
  durationSeconds: number,
  measure: Measure,
): Promise<LoadRange> {
  if (max_rate !== undefined) return { min: min_rate, max: max_rate };
  const { offeredRate } = await measure("max", durationSeconds);
  return { min: min_rate, max: Math.max(2 * min_rate, HEADROOM * offeredRate) };
}

export function searchOf(parameters: SearchParameters, range: LoadRange, durationSeconds: number): Search {
  const { method, loss_ratio: lossRatio, width, attempts = 2, max_trials, max_time } = parameters;
  const budget = { trials: max_trials, seconds: max_time };
  if (method !== "mlrsearch") {
    const tries = method === "tst009" ? attempts : 1;
    return binarySearch({ range, durationSeconds, lossRatio, attempts: tries, width, budget });
  }
  const goal = {
    lossRatio,
    width,
    exceedRatio: parameters.exceed_ratio ?? 0,
    finalTrialSeconds: durationSeconds,
    durationSumSeconds: parameters.duration_sum ?? durationSeconds,
    initialTrialSeconds: Math.min(durationSeconds, parameters.initial_duration ?? durationSeconds / 10),
  };
  return mlrSearch({ range, goals: [goal], budget });
}

/** Of the measurements at the rate that was found, the last without too much loss. */
async function reportedOf(
  { verdict: { lower }, history }: Completed,
  { measure_at, measure_for, loss_ratio }: SearchParameters,
  durationSeconds: number,
  measure: Measure,
): Promise<TrialOutcome | undefined> {
  if (lower === undefined) return undefined;
  if (measure_at === 1 && measure_for === undefined) {
    return history.findLast(({ load, lossRatio }) => load === lower && lossRatio <= loss_ratio)?.measurement.outcome;
  }
  const { outcome } = await measure(lower * measure_at, measure_for ?? durationSeconds);
  const { environment } = outcome;
  if (environment === undefined || measure_for === undefined) return outcome;
  return { ...outcome, environment: { ...environment, seconds: measure_for } };
}

function searchOutcome(
  { verdict, history }: Completed,
  parameters: SearchParameters,
  reported: TrialOutcome | undefined,
  spent: Readonly<Record<string, number>>,
): TrialOutcome {
  const base: TrialOutcome = reported ?? { status: "ok", flags: [], metrics: {} };
  if (base.status === "failed") return base;
  const { lower, upper, throughput, inverted } = verdict;
  const name = parameters.loss_ratio === 0 ? "throughput" : "conditional_throughput";
  const found: TrialOutcome = {
    ...base,
    metrics: { ...(throughput === undefined ? {} : { [name]: throughput }), ...base.metrics, ...spent },
    notes: {
      ...base.notes,
      search: `${parameters.method}: ${verdict.outcome}`,
      ...(lower === undefined ? {} : { "highest rate carried": lower }),
      ...(upper === undefined ? {} : { "lowest rate not carried": upper }),
      ...(inverted ? { "loss inversion": "a rate above the lowest that was not carried was carried" } : {}),
    },
  };
  const above = history.findLast(({ load }) => load === upper);
  const disturbed = doubtsAbove(above, base, "At the lowest rate that was not carried");
  return [...endDoubts(verdict, RATES), ...disturbed].reduce(withDoubt, withSteal(found, above));
}

const rate = (load: number | undefined): string => formatQuantity(load ?? NaN, "frames/s");

const RATES: EndTexts = {
  neverLoses: (lower) => `No loss even at ${rate(lower)}, the highest rate tried: set search.max_rate.`,
  alwaysLoses: (upper) => `Loss even at ${rate(upper)}, the lowest rate tried: set search.min_rate.`,
  notConverged: (lower, upper) =>
    `The search used up its trials or its time between ${rate(lower)} and ${rate(upper)}.`,
};
