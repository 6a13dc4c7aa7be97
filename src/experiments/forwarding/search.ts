/**
 * `traffic.rate: search`: one trial of the runner is a whole search, which makes many measurements at loads that it
 * chooses. Of these, one gives the trial's frames, latency and cost: that at the rate which was found, or, with
 * `measure_at`, one more at a share of it.
 */
import { UserError } from "../../errors.js";
import { binarySearch } from "../../search/binary.js";
import { mlrSearch } from "../../search/mlrsearch.js";
import { formatQuantity } from "../../units.js";
import { doubtsOf, withDoubt, type Doubt } from "../conntrack/verdict.js";
import { searchSchema, type SearchParameters } from "./search_parameters.js";
import { outcomeOf } from "./trial.js";
import type { ForwardingTrialResult } from "../../agent/protocol.js";
import type { LoadRange, Search, Trial, Verdict } from "../../search/model.js";
import type { TrialContext, TrialOutcome } from "../experiment.js";
import type { ForwardingParameters } from "./parameters.js";

/** @throws {UserError} what the agent throws; `STOPPED` too */
export type Measure = (rate: number | "max", durationSeconds: number) => Promise<ForwardingTrialResult>;

type SearchContext = Pick<TrialContext<ForwardingParameters>, "point" | "durationSeconds" | "signal">;

interface Measurement extends Trial {
  readonly result: ForwardingTrialResult;
}

/** Above what the wire takes at rate `max`, so that the largest load is lossy. */
const HEADROOM = 1.25;

/** About: a search from 10 kpps to 20 Mpps with a width of 1 % takes 13 steps in halves. */
const EXPECTED_TRIALS = 14;

export function expectedTrials({ traffic }: ForwardingParameters): number {
  return traffic.rate === "search" ? EXPECTED_TRIALS : 1;
}

export async function searchRate(context: SearchContext, measure: Measure): Promise<TrialOutcome> {
  const parameters = searchSchema.parse(context.point.search ?? {});
  const history: Measurement[] = [];
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  const tryRate = async (load: number | "max", durationSeconds: number): Promise<ForwardingTrialResult> => {
    if (context.signal?.aborted === true) throw new UserError("STOPPED", "The search was stopped.");
    return measure(load, durationSeconds);
  };

  const range = await rangeOf(parameters, async () => tryRate("max", context.durationSeconds));
  const search = searchOf(parameters, range, context.durationSeconds);
  for (let step = search(history); ; step = search(history)) {
    if (step.type === "end") {
      const [verdict] = step.verdicts;
      if (verdict === undefined) throw new Error("a search with one goal has one verdict");
      const reported = await reportedOf(verdict, history, parameters, (load) => tryRate(load, context.durationSeconds));
      const spent = { search_trials: history.length, search_seconds: elapsed() };
      return searchOutcome(verdict, { parameters, history, reported, spent });
    }
    const { load, durationSeconds } = step.request;
    const before = elapsed();
    const result = await tryRate(load, durationSeconds);
    const failure = failureOf(result);
    if (failure !== undefined) return failure;
    const lossRatio = lossOf(result, load, durationSeconds);
    history.push({ load, durationSeconds, lossRatio, seconds: elapsed() - before, result });
  }
}

async function rangeOf(
  { min_rate, max_rate }: SearchParameters,
  atFullLoad: () => Promise<ForwardingTrialResult>,
): Promise<LoadRange> {
  if (max_rate !== undefined) return { min: min_rate, max: max_rate };
  const { frames, seconds } = await atFullLoad();
  return { min: min_rate, max: Math.max(2 * min_rate, (HEADROOM * frames.sent) / seconds) };
}

function searchOf(parameters: SearchParameters, range: LoadRange, durationSeconds: number): Search {
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

/** A measurement that went wrong in itself ends the search; one without a frame that came back is one of much loss. */
function failureOf(result: ForwardingTrialResult): TrialOutcome | undefined {
  return result.frames.sent === 0 || result.badFrames > 0 ? outcomeOf(result) : undefined;
}

/**
 * What a generator that could not keep its rate left out counts as lost (RFC 9971, "Measurer"): a load that was not
 * offered was not carried.
 */
export function lossOf(
  { frames, generatorLimited }: Pick<ForwardingTrialResult, "frames" | "generatorLimited">,
  load: number,
  durationSeconds: number,
): number {
  const due = generatorLimited ? Math.max(frames.sent, load * durationSeconds) : frames.sent;
  return Math.max(0, 1 - frames.received / due);
}

/** Of the measurements at the rate that was found, the last without too much loss. */
async function reportedOf(
  { lower }: Verdict,
  history: readonly Measurement[],
  { measure_at, loss_ratio }: SearchParameters,
  measureAt: (load: number) => Promise<ForwardingTrialResult>,
): Promise<ForwardingTrialResult | undefined> {
  if (lower === undefined) return undefined;
  if (measure_at < 1) return measureAt(lower * measure_at);
  return history.findLast(({ load, lossRatio }) => load === lower && lossRatio <= loss_ratio)?.result;
}

interface Findings {
  readonly parameters: SearchParameters;
  readonly history: readonly Measurement[];
  readonly reported: ForwardingTrialResult | undefined;
  readonly spent: Readonly<Record<"search_trials" | "search_seconds", number>>;
}

function searchOutcome(verdict: Verdict, { parameters, history, reported, spent }: Findings): TrialOutcome {
  const base: TrialOutcome = reported === undefined ? { status: "ok", flags: [], metrics: {} } : outcomeOf(reported);
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
  const atUpper = history.findLast(({ load }) => load === upper)?.result;
  return [...outcomeDoubts(verdict), ...(atUpper === undefined ? [] : doubtsAbove(atUpper, base))].reduce(
    withDoubt,
    withSteal(found, atUpper),
  );
}

/** A search that did not end with close bounds has a number that means something else. */
function outcomeDoubts({ outcome, lower, upper }: Verdict): readonly Doubt[] {
  const rate = (load: number | undefined): string => formatQuantity(load ?? NaN, "frames/s");
  switch (outcome) {
    case "found":
      return [];
    case "above-max":
      return [
        { flag: "never-loses", says: `No loss even at ${rate(lower)}, the highest rate tried: set search.max_rate.` },
      ];
    case "below-min":
      return [
        { flag: "always-loses", says: `Loss even at ${rate(upper)}, the lowest rate tried: set search.min_rate.` },
      ];
    case "out-of-budget": {
      const says = `The search used up its trials or its time between ${rate(lower)} and ${rate(upper)}.`;
      return [{ flag: "search-not-converged", says }];
    }
  }
}

/** What disturbed the measurement that bounds the result from above decided the result as well. */
function doubtsAbove(result: ForwardingTrialResult, { flags }: TrialOutcome): readonly Doubt[] {
  return doubtsOf(result)
    .filter(({ flag }) => !flags.includes(flag) && flag !== "no-latency")
    .map(({ flag, says }) => ({ flag, says: `At the lowest rate that was not carried: ${says}` }));
}

/** So that the runner sees CPU time stolen at either bound. */
function withSteal(outcome: TrialOutcome, above: ForwardingTrialResult | undefined): TrialOutcome {
  const { environment } = outcome;
  if (environment === undefined || above === undefined) return outcome;
  const stealSeconds = Math.max(environment.stealSeconds, above.environment.stealSeconds);
  return { ...outcome, environment: { ...environment, stealSeconds } };
}
