/**
 * What MLRsearch makes of the trials at one load: RFC 9971 (draft-ietf-bmwg-mlrsearch-15), "Load Classification Logic"
 * and "Conditional Throughput Logic".
 *
 * A load is a lower bound when the trials that a goal still asks for could all lose too much without making it anything
 * else, an upper bound when they could all go well without saving it, and undecided in between.
 */
import type { LoadClass, Trial } from "./model.js";

export interface SearchGoal {
  /** Largest loss ratio of a trial that is low-loss; 0 asks for the throughput of RFC 1242. */
  readonly lossRatio: number;
  /** Share of the time, in [0, 1), whose trials may be high-loss at a lower bound. */
  readonly exceedRatio: number;
  /** Trials that are shorter can show that a load is an upper bound, hardly that it is a lower one. */
  readonly finalTrialSeconds: number;
  /** How much time of trials at a load settles what it is. */
  readonly durationSumSeconds: number;
  /** Shortest trials that are of use; the search begins with them. */
  readonly initialTrialSeconds: number;
  /** Largest distance of the bounds, as a share of the upper one; best not below the loss ratio. */
  readonly width: number;
}

/** The parts of a goal that say what a load is. */
export type LoadGoal = Omit<SearchGoal, "initialTrialSeconds" | "width">;

type Measured = Pick<Trial, "durationSeconds" | "lossRatio">;

/** @param trials all that were made at the load, of any duration */
export function classifyLoad(trials: readonly Measured[], goal: LoadGoal): LoadClass {
  const { exceedRatio, durationSumSeconds } = goal;
  const full = trials.filter((trial) => isFullLength(trial, goal));
  const short = trials.filter((trial) => !isFullLength(trial, goal));
  const lowLossSeconds = seconds(full, (trial) => !isHighLoss(trial, goal));
  // Short trials speak against a load only as far as they are more high-loss than the goal tolerates.
  const tolerated = seconds(short, (trial) => !isHighLoss(trial, goal)) * (exceedRatio / (1 - exceedRatio));
  const excessSeconds = Math.max(0, seconds(short, (trial) => isHighLoss(trial, goal)) - tolerated);
  const highLossSeconds = seconds(full, (trial) => isHighLoss(trial, goal)) + excessSeconds;
  const wholeSeconds = Math.max(highLossSeconds + lowLossSeconds, durationSumSeconds);
  const allowedSeconds = wholeSeconds * exceedRatio;
  if (highLossSeconds > allowedSeconds) return "upper";
  return wholeSeconds - lowLossSeconds <= allowedSeconds ? "lower" : "undecided";
}

/**
 * Frames/s that the DUT forwards at a lower bound, as the goal's quantile of its full-length trials says. Time that the
 * goal did not need to measure counts as lost altogether.
 */
export function conditionalThroughput(load: number, trials: readonly Measured[], goal: LoadGoal): number {
  const full = trials
    .filter((trial) => isFullLength(trial, goal))
    .toSorted((one, other) => one.lossRatio - other.lossRatio);
  const wholeSeconds = Math.max(
    goal.durationSumSeconds,
    seconds(full, () => true),
  );
  let remaining = wholeSeconds * (1 - goal.exceedRatio);
  let lossRatio: number | undefined;
  for (const trial of full) {
    if (lossRatio !== undefined && remaining <= 0) break;
    lossRatio = trial.lossRatio;
    remaining -= trial.durationSeconds;
  }
  return load * (1 - (remaining > 0 ? 1 : (lossRatio ?? 1)));
}

export function isFullLength({ durationSeconds }: Measured, { finalTrialSeconds }: LoadGoal): boolean {
  return durationSeconds >= finalTrialSeconds;
}

export function isHighLoss(trial: Measured, { lossRatio }: LoadGoal): boolean {
  return trial.lossRatio > lossRatio;
}

function seconds(trials: readonly Measured[], which: (trial: Measured) => boolean): number {
  return trials.filter(which).reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
}
