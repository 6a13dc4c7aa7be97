/**
 * `search.back_to_back`: the longest burst without loss (RFC 2544, section 26.4, and RFC 9004), after the throughput, which
 * its buffer times need.
 *
 * A burst of n frames is an open-loop measurement at the rate of bursts that lasts n / rate. The DUT's queues are empty when
 * it begins, since the warm-up is drained. A link has a largest rate, and bursts come at it. A wire in memory has none:
 * there, bursts come at the most that the generator offers when it does not wait for the DUT. (At `rate: max` it does: no
 * burst would be too long.)
 */
import { bufferTime, burstSearch } from "../../search/back_to_back.js";
import { formatQuantity } from "../../units.js";
import { withDoubt, type Doubt } from "../conntrack/verdict.js";
import { doubtsAbove, endDoubts, withSteal, type EndTexts } from "./doubts.js";
import { runSearch, type Completed, type Measure, type Measured } from "./measurement.js";
import type { Verdict } from "../../search/model.js";
import type { TrialOutcome } from "../experiment.js";
import type { BackToBackParameters, SearchParameters } from "./parameters.js";

/** Frames/s that no generator offers. */
const OUT_OF_REACH = 1e9;

/**
 * The outcome with what bursts add to it.
 *
 * @param outcome of the search for the throughput
 * @param longestSeconds of a burst
 */
export async function withBursts(
  outcome: TrialOutcome,
  bursts: BackToBackParameters,
  { max_trials: trials, max_time: seconds }: SearchParameters,
  longestSeconds: number,
  measure: Measure,
): Promise<TrialOutcome> {
  const { attempts, width } = bursts;
  const rate = await rateOf(bursts, longestSeconds, measure);
  const search = burstSearch({ rate, longestSeconds, attempts, width, budget: { trials, seconds } });
  const end = await runSearch(search, measure);
  return "failed" in end ? end.failed : burstOutcome(outcome, end, rate, notOffered(bursts, end.history[0]));
}

async function rateOf({ rate }: BackToBackParameters, seconds: number, measure: Measure): Promise<number> {
  if (rate !== undefined) return rate;
  const { frames, seconds: taken } = await measure(OUT_OF_REACH, seconds);
  return frames.sent / taken;
}

function burstOutcome(
  outcome: TrialOutcome,
  { verdict, history }: Completed,
  rate: number,
  ofRate: readonly Doubt[],
): TrialOutcome {
  const { throughput, conditional_throughput } = outcome.metrics;
  const { upper } = verdict;
  const found: TrialOutcome = {
    ...outcome,
    metrics: {
      ...outcome.metrics,
      burst_rate: rate,
      ...lengthsOf(verdict, rate, throughput ?? conditional_throughput),
    },
    notes: {
      ...outcome.notes,
      "search for bursts": `tst009: ${verdict.outcome}, ${history.length} bursts`,
      ...(upper === undefined ? {} : { "shortest burst with loss": upper }),
    },
  };
  const above = history.findLast(({ load, durationSeconds }) => Math.round(load * durationSeconds) === upper);
  const doubts = [
    ...endDoubts(verdict, textsOf(rate)),
    ...ofRate,
    ...doubtsAbove(above, outcome, "In the shortest burst with loss"),
  ];
  return doubts.reduce(withDoubt, withSteal(found, above));
}

function lengthsOf(
  { outcome, lower }: Verdict,
  rate: number,
  throughput: number | undefined,
): Readonly<Record<string, number>> {
  if (lower === undefined) return {};
  // A throughput at the rate of bursts: nothing needs to wait, and the length says nothing of a buffer.
  if (outcome !== "found" || throughput === undefined || throughput >= rate) return { back_to_back_frames: lower };
  const { impliedSeconds, correctedSeconds } = bufferTime(lower, rate, throughput);
  return {
    back_to_back_frames: lower,
    implied_buffer_time: impliedSeconds,
    corrected_buffer_time: correctedSeconds,
    buffer_frames: correctedSeconds * rate,
  };
}

/** A rate that was asked for, which the longest burst shows that the generator has not. */
function notOffered({ rate }: BackToBackParameters, longest: Measured | undefined): readonly Doubt[] {
  if (rate === undefined || longest?.measurement.generatorLimited !== true) return [];
  const { frames, seconds } = longest.measurement;
  const offered = formatQuantity(frames.sent / seconds, "frames/s");
  const says = `The generator offers ${offered}, not search.back_to_back.rate: lower it, or leave it out.`;
  return [{ flag: "generator-limited", says }];
}

function textsOf(rate: number): EndTexts {
  const burst = (frames: number | undefined): string =>
    `${formatQuantity(frames ?? NaN, "count")} frames at ${formatQuantity(rate, "frames/s")}`;
  return {
    neverLoses: (lower) =>
      `No loss even in a burst of ${burst(lower)}, the longest: the DUT may carry that rate for ever, and then its ` +
      "buffers do not show. Raise search.back_to_back.rate or trial.duration.",
    alwaysLoses: (upper) => `Loss even in a burst of ${burst(upper)}, the shortest: lower search.back_to_back.width.`,
    notConverged: (lower, upper) =>
      `The search for bursts used up its trials or its time between ${burst(lower)} and ${burst(upper)}.`,
  };
}
