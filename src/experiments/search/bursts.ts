/**
 * `search.back_to_back`: the longest burst without loss (RFC 2544, section 26.4, and RFC 9004), after the throughput, which
 * its buffer times need.
 *
 * A burst of n frames is an open-loop measurement at the rate of bursts that lasts n / rate. The DUT's queues are empty when
 * it begins, since the warm-up is drained. A link has a largest rate, and bursts come at it. A wire in memory has none:
 * there, bursts come at the most that the generator offers when it does not wait for the DUT. (At `rate: max` it does: no
 * burst would be too long.)
 */
import { bufferTime, burstSearch, framesOf } from "../../search/back_to_back.js";
import { formatQuantity } from "../../units.js";
import { withDoubt, type Doubt } from "../conntrack/verdict.js";
import { doubtsAbove, endDoubts, withSteal, type EndTexts } from "./doubts.js";
import { runSearch, type Completed, type Measure } from "./measurement.js";
import type { Verdict } from "../../search/model.js";
import type { TrialOutcome } from "../experiment.js";
import type { BackToBackParameters, SearchParameters } from "./parameters.js";

/** Frames/s that no generator offers. */
const OUT_OF_REACH = 1e9;

/** Share of the rate of bursts that was asked for. */
const LEAST_OFFERED = 0.99;

const LIMITED = "generator-limited";

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
  return "failed" in end ? end.failed : burstOutcome(outcome, end, bursts, rate);
}

async function rateOf({ rate }: BackToBackParameters, seconds: number, measure: Measure): Promise<number> {
  return rate ?? (await measure(OUT_OF_REACH, seconds)).offeredRate;
}

/** @param intended rate of bursts */
function burstOutcome(
  outcome: TrialOutcome,
  { verdict, history }: Completed,
  { rate: asked }: BackToBackParameters,
  intended: number,
): TrialOutcome {
  const { throughput, conditional_throughput } = outcome.metrics;
  const { lower, upper } = verdict;
  const above = history.findLast((burst) => framesOf(burst) === upper);
  const carried = history.findLast((burst) => framesOf(burst) === lower && burst.lossRatio === 0);
  const rate = (carried ?? above)?.measurement.offeredRate ?? intended;
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
  const doubts = [
    ...endDoubts(verdict, textsOf(rate)),
    ...notOffered(asked, rate),
    // How fast a burst really was is known, and no doubt.
    ...doubtsAbove(above, outcome, "In the shortest burst with loss").filter(({ flag }) => flag !== LIMITED),
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

/** A burst that was slower than was asked for says something of another link. */
function notOffered(asked: number | undefined, offered: number): readonly Doubt[] {
  if (asked === undefined || offered >= LEAST_OFFERED * asked) return [];
  const rate = formatQuantity(offered, "frames/s");
  const says = `The generator sent bursts at ${rate}, not at search.back_to_back.rate: lower it, or leave it out.`;
  return [{ flag: LIMITED, says }];
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
