/**
 * `storm.rate: search`: the highest rate at which rules change while no frame is lost.
 *
 * Frames come at the rate that the suite gives, or at a share (`search.measure_at`) of the throughput without changes,
 * which is found first. The rate of changes is then searched for in halves, with loss verification (ETSI GS NFV-TST 009,
 * clause 12.3.3), up to what the thread that makes them can do while frames flow. A rate that was not reached was not
 * carried.
 */
import { binarySearch } from "../../../search/binary.js";
import { formatQuantity } from "../../../units.js";
import { withDoubt } from "../../conntrack/verdict.js";
import { doubtsAbove, endDoubts, withSteal, type EndTexts } from "../../search/doubts.js";
import { runSearch, stoppable, type Completed, type Measurement } from "../../search/measurement.js";
import { searchSchema, type SearchParameters } from "../../search/parameters.js";
import { rangeOf, searchOf } from "../../search/rate.js";
import type { TrialContext, TrialOutcome } from "../../experiment.js";

/** One trial, with the changes a second that were made in it. */
export interface StormMeasurement extends Measurement {
  readonly updateRate: number;
}

/** @param updates changes a second; 0: the rules stay as they are */
export type MeasureStorm = (
  rate: number | "max",
  updates: number,
  durationSeconds: number,
) => Promise<StormMeasurement>;

export interface StormSearchContext extends Pick<TrialContext<unknown>, "durationSeconds" | "signal"> {
  readonly point: {
    readonly traffic: { readonly rate: number | "search" };
    readonly search?: SearchParameters | undefined;
  };
}

/** Changes a second: more than anything can make, and what every thread should be able to. */
const MOST = 1e8;
const LEAST = 1000;

/** Trials with loss before a rate of changes counts as too high, unless the suite says how many. */
const ATTEMPTS = 2;

/** A thread that makes so much of what it should keeps up: the last tick may lie beyond the phase. */
const KEPT_UP = 0.98;

export async function searchUpdateRate(context: StormSearchContext, measure: MeasureStorm): Promise<TrialOutcome> {
  const parameters = searchSchema.parse(context.point.search ?? {});
  const started = performance.now();
  const found = await frameRate(context, parameters, measure);
  if ("failed" in found) return found.failed;
  const { rate, throughput } = found;
  const end = await searchAt(rate, context, parameters, measure);
  if ("failed" in end) return end.failed;
  const search_seconds = (performance.now() - started) / 1000;
  return outcomeOf(end, parameters, { ...throughput, search_trials: end.history.length, search_seconds }, rate);
}

type Failed = { readonly failed: TrialOutcome };

/** Frames/s that come while rules change, and the throughput that they are a share of. */
async function frameRate(
  { point, durationSeconds, signal }: StormSearchContext,
  parameters: SearchParameters,
  measure: MeasureStorm,
): Promise<{ readonly rate: number; readonly throughput: { readonly throughput?: number } } | Failed> {
  const { rate } = point.traffic;
  if (rate !== "search") return { rate, throughput: {} };
  const calm = stoppable((load, seconds) => measure(load, 0, seconds), signal);
  const range = await rangeOf(parameters, durationSeconds, calm);
  const end = await runSearch(searchOf(parameters, range, durationSeconds), calm);
  if ("failed" in end) return end;
  const { lower, throughput } = end.verdict;
  if (lower === undefined)
    return { failed: failure(`Frames are lost at ${frames(range.min)} already, while no rule changes.`) };
  return { rate: parameters.measure_at * lower, throughput: throughput === undefined ? {} : { throughput } };
}

async function searchAt(
  rate: number,
  { durationSeconds, signal }: StormSearchContext,
  { loss_ratio: lossRatio, width, attempts = ATTEMPTS, max_trials, max_time }: SearchParameters,
  measure: MeasureStorm,
): Promise<Completed | Failed> {
  const most = await measure(rate, MOST, durationSeconds);
  if (most.updateRate === 0) return { failed: most.outcome };
  const max = Math.max(2 * LEAST, most.updateRate);
  const budget = { trials: max_trials, seconds: max_time };
  const search = binarySearch({ range: { min: LEAST, max }, durationSeconds, lossRatio, attempts, width, budget });
  const storm = async (updates: number | "max", seconds: number): Promise<Measurement> => {
    const wanted = updates === "max" ? MOST : updates;
    return withShortfall(await measure(rate, wanted, seconds), wanted);
  };
  return runSearch(search, stoppable(storm, signal));
}

/** Changes that were not made in time count as frames that were not carried. */
function withShortfall(measured: StormMeasurement, wanted: number): Measurement {
  const { updateRate, frames: counted } = measured;
  if (updateRate >= KEPT_UP * wanted) return measured;
  return {
    ...measured,
    frames: { sent: counted.sent, received: Math.min(counted.received, counted.sent * (updateRate / wanted)) },
  };
}

function outcomeOf(
  { verdict, history }: Completed,
  parameters: SearchParameters,
  spent: Readonly<Record<string, number>>,
  rate: number,
): TrialOutcome {
  const { lower, upper } = verdict;
  const carried = history.findLast(({ load, lossRatio }) => load === lower && lossRatio <= parameters.loss_ratio);
  const base: TrialOutcome = carried?.measurement.outcome ?? { status: "ok", flags: [], metrics: {} };
  if (base.status === "failed") return base;
  const found: TrialOutcome = {
    ...base,
    metrics: { ...(lower === undefined ? {} : { lossless_update_rate: lower }), ...base.metrics, ...spent },
    notes: {
      ...base.notes,
      search: verdict.outcome,
      "frames a second": rate,
      ...(upper === undefined ? {} : { "lowest rate with loss": upper }),
    },
  };
  const above = history.findLast(({ load }) => load === upper);
  const disturbed = doubtsAbove(above, base, "At the lowest rate of changes with loss");
  // As fast as rules can be changed is an answer, and no fault of the search.
  const doubts = verdict.outcome === "above-max" ? [] : endDoubts(verdict, UPDATES);
  return [...doubts, ...disturbed].reduce(withDoubt, withSteal(found, above));
}

function failure(reason: string): TrialOutcome {
  return { status: "failed", reason, flags: ["always-loses"], metrics: {} };
}

const frames = (rate: number | undefined): string => formatQuantity(rate ?? NaN, "frames/s");
const updates = (rate: number | undefined): string => formatQuantity(rate ?? NaN, "rules/s");

const UPDATES: EndTexts = {
  neverLoses: (lower) => `No loss even at ${updates(lower)}.`,
  alwaysLoses: (upper) => `Loss even at ${updates(upper)}: lower traffic.rate or search.measure_at.`,
  notConverged: (lower, upper) =>
    `The search used up its trials or its time between ${updates(lower)} and ${updates(upper)}.`,
};
