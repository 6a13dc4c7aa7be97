/**
 * The words that all searches share. A search is a function of the trials so far: it names the next trial, or it gives
 * its verdicts. It keeps nothing between calls and knows no clock, so that it can be tested against simulated DUTs, and
 * resumed from a journal.
 */

/** A trial that was made. */
export interface Trial {
  /** Intended load, in frames/s. */
  readonly load: number;
  readonly durationSeconds: number;
  /** Share of the intended frames that did not come back, in [0, 1]. */
  readonly lossRatio: number;
  /** What the trial took with set-up and drain: what a budget of seconds pays for. */
  readonly seconds: number;
}

export interface TrialRequest {
  readonly load: number;
  readonly durationSeconds: number;
}

/** Loads that a search may use, in frames/s: 0 < `min` < `max`. */
export interface LoadRange {
  readonly min: number;
  readonly max: number;
}

/** What a search may spend before it has to say what it knows. */
export interface Budget {
  readonly trials: number;
  readonly seconds: number;
}

/** What is known of where a DUT begins to lose frames. */
export interface Bounds {
  /** Largest load that was carried, of those below `upper`. */
  readonly lower?: number;
  /** Smallest load that was not carried. */
  readonly upper?: number;
  /** Frames/s that the DUT forwards at `lower`: less than it, where some loss is allowed. */
  readonly throughput?: number;
  /** A load above `upper` was carried (RFC 9971, "Multiple Goals and Loss Inversion"). `lower` does not count on it. */
  readonly inverted: boolean;
}

/**
 * How a search ended, with the bounds that it knows.
 *
 * - `found`: the bounds are as close as was asked for.
 * - `above-max`: the DUT carried the largest load, so that its limit is not known.
 * - `below-min`: the DUT lost too much at the smallest load.
 * - `out-of-budget`: neither, when trials or seconds were used up.
 */
export interface Verdict extends Bounds {
  readonly outcome: "found" | "above-max" | "below-min" | "out-of-budget";
}

export type Step =
  | { readonly type: "trial"; readonly request: TrialRequest }
  /** One verdict a goal, in the order of the goals. */
  | { readonly type: "end"; readonly verdicts: readonly Verdict[] };

export type Search = (history: readonly Trial[]) => Step;

/** The next trial, if there is one and the budget allows it; else the end. */
export function stepOf(
  request: TrialRequest | undefined,
  verdicts: () => readonly Verdict[],
  history: readonly Trial[],
  budget: Budget,
): Step {
  if (request === undefined || !allows(budget, history, request)) return { type: "end", verdicts: verdicts() };
  return { type: "trial", request };
}

function allows({ trials, seconds }: Budget, history: readonly Trial[], { durationSeconds }: TrialRequest): boolean {
  const spent = history.reduce((sum, trial) => sum + trial.seconds, 0);
  return history.length < trials && spent + durationSeconds <= seconds;
}

/** @param width largest distance of the bounds, as a share of the upper one */
export function verdictOf(bounds: Bounds, { min, max }: LoadRange, width: number): Verdict {
  const { lower, upper } = bounds;
  const outcome =
    lower !== undefined && upper !== undefined && isClose(lower, upper, width)
      ? "found"
      : upper === undefined && lower === max
        ? "above-max"
        : lower === undefined && upper === min
          ? "below-min"
          : "out-of-budget";
  return { ...bounds, outcome };
}

/** For loads that were computed, and may miss by a rounding error. */
const ROUNDING = 1e-9;

export function isClose(lower: number, upper: number, width: number): boolean {
  return upper - lower <= width * upper * (1 + ROUNDING);
}

export type LoadClass = "lower" | "upper" | "undecided";

/** Trials by their load. */
export function byLoad(history: readonly Trial[]): ReadonlyMap<number, readonly Trial[]> {
  const loads = new Map<number, Trial[]>();
  for (const trial of history) {
    const known = loads.get(trial.load);
    if (known === undefined) loads.set(trial.load, [trial]);
    else known.push(trial);
  }
  return loads;
}

/** The relevant bounds of RFC 9971: a load above one that was not carried does not count as carried. */
export function relevantBounds(classes: ReadonlyMap<number, LoadClass>): Omit<Bounds, "throughput"> {
  const loads = (wanted: LoadClass): readonly number[] =>
    [...classes].filter(([, found]) => found === wanted).map(([load]) => load);
  const upper = Math.min(...loads("upper"));
  const carried = loads("lower");
  const lower = Math.max(...carried.filter((load) => load < upper));
  return {
    ...(Number.isFinite(lower) ? { lower } : {}),
    ...(Number.isFinite(upper) ? { upper } : {}),
    inverted: carried.some((load) => load > upper),
  };
}
