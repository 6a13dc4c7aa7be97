/**
 * Multiple Loss Ratio search: RFC 9971 (draft-ietf-bmwg-mlrsearch-15). What loads count as bounds is the RFC's
 * (`goal.ts`); which load is tried next it leaves to each implementation. Ours:
 *
 * - Each goal is reached by targets: the first asks for short trials and wide bounds, the last is the goal itself.
 *   Most trials are then short, and only a few near the result are long.
 * - The first trial is at the largest load. What the DUT forwards under it (FRMOL, RFC 2285, section 3.6.2) is about what
 *   it can carry, so the first target begins there and goes up or down in steps that double.
 * - A target begins at the bounds of the one before, the lower one first: a bound that is found low is less likely to be
 *   invalidated later. If its lower bound does not hold, it goes down from there in steps that double.
 * - Between two bounds, the geometric mean: widths are shares.
 *
 * All trials count for all goals. A DUT whose loss does not grow with the load gets the bounds below its smallest
 * upper bound.
 */
import { classifyLoad, conditionalThroughput, isFullLength, isHighLoss, type SearchGoal } from "./goal.js";
import { byLoad, isClose, relevantBounds, stepOf, verdictOf } from "./model.js";
import type { Bounds, Budget, LoadClass, LoadRange, Search, Trial, TrialRequest, Verdict } from "./model.js";

export interface MlrOptions {
  readonly range: LoadRange;
  /** Searched for in this order. */
  readonly goals: readonly SearchGoal[];
  readonly budget: Budget;
}

/** Targets before the goal itself; each has bounds twice as close as the one before. */
const PRECEDING_TARGETS = 2;

export function mlrSearch({ range, goals, budget }: MlrOptions): Search {
  return (history) => {
    const loads = byLoad(history);
    const requests = goals.map((goal) => nextTrial(goal, loads, range));
    const request = requests.find((found) => found !== undefined);
    return stepOf(request, () => goals.map((goal) => verdictFor(goal, loads, range)), history, budget);
  };
}

type Loads = ReadonlyMap<number, readonly Trial[]>;

function nextTrial(goal: SearchGoal, loads: Loads, range: LoadRange): TrialRequest | undefined {
  const atMax = loads.get(range.max)?.[0];
  if (atMax === undefined) return { load: range.max, durationSeconds: goal.initialTrialSeconds };
  let before: Guess = { lower: carriedUnder(atMax, goal, range), upper: range.max };
  for (const [index, target] of targetsOf(goal).entries()) {
    const classes = classify(target, loads);
    const known = relevantBounds(classes);
    const { lower, upper } = known;
    const load =
      lower === undefined
        ? loadBelow(upper, before, { classes, loads, target, range })
        : upper === undefined
          ? loadAbove(lower, before, { classes, target, range })
          : loadBetween(lower, upper, { classes, target, steps: index === 0 });
    if (load !== undefined) return { load, durationSeconds: target.finalTrialSeconds };
    before = known;
  }
  return undefined;
}

/** Bounds that the targets before found, which this one has to confirm. */
type Guess = Pick<Bounds, "lower" | "upper">;

interface Situation {
  readonly classes: ReadonlyMap<number, LoadClass>;
  readonly target: SearchGoal;
}

function carriedUnder({ load, lossRatio }: Trial, goal: SearchGoal, { min, max }: LoadRange): number {
  return Math.min(max, Math.max(min, (load * (1 - lossRatio)) / (1 - goal.lossRatio)));
}

function targetsOf(goal: SearchGoal): readonly SearchGoal[] {
  const { initialTrialSeconds: shortest, finalTrialSeconds, durationSumSeconds, width } = goal;
  if (durationSumSeconds <= shortest) return [goal];
  const preceding = Array.from({ length: PRECEDING_TARGETS }, (_, index) => {
    const grown = (seconds: number): number => shortest * (seconds / shortest) ** (index / PRECEDING_TARGETS);
    return {
      ...goal,
      finalTrialSeconds: grown(Math.max(shortest, finalTrialSeconds)),
      durationSumSeconds: grown(durationSumSeconds),
      width: Math.min(0.5, width * 2 ** (PRECEDING_TARGETS - index)),
    };
  });
  return [...preceding, goal];
}

function classify(goal: SearchGoal, loads: Loads): ReadonlyMap<number, LoadClass> {
  return new Map([...loads].map(([load, trials]) => [load, classifyLoad(trials, goal)]));
}

/** Nothing is known to be carried. */
function loadBelow(
  upper: number | undefined,
  guess: Guess,
  { classes, loads, target, range }: Situation & { readonly loads: Loads; readonly range: LoadRange },
): number | undefined {
  const failed = [...loads.values()].filter((trials) => failedAtLength(trials, target)).length;
  const untried = (load: number | undefined): load is number => load !== undefined && isOpen(load, classes);
  if (untried(guess.lower) && guess.lower < (upper ?? Infinity) && failed === 0) return guess.lower;
  if (upper === undefined) return untried(guess.upper) ? guess.upper : range.min;
  if (upper === range.min) return undefined;
  return Math.max(range.min, upper * (1 - target.width) ** (2 ** failed));
}

/** Did the load fail in trials as long as the target's? What short trials said was known before. */
function failedAtLength(trials: readonly Trial[], target: SearchGoal): boolean {
  return (
    classifyLoad(trials, target) === "upper" &&
    trials.some((trial) => isFullLength(trial, target) && isHighLoss(trial, target))
  );
}

/** Nothing is known not to be carried. */
function loadAbove(
  lower: number,
  guess: Guess,
  { classes, target, range }: Situation & { readonly range: LoadRange },
): number | undefined {
  if (lower === range.max) return undefined;
  if (guess.upper !== undefined && guess.upper > lower && isOpen(guess.upper, classes)) return guess.upper;
  return Math.min(range.max, stepUp(lower, classes, target));
}

function loadBetween(
  lower: number,
  upper: number,
  { classes, target, steps }: Situation & { readonly steps: boolean },
): number | undefined {
  if (isClose(lower, upper, target.width)) return undefined;
  const middle = Math.sqrt(lower * upper);
  return steps ? Math.min(middle, stepUp(lower, classes, target)) : middle;
}

/** Twice as far up as the last time. */
function stepUp(lower: number, classes: ReadonlyMap<number, LoadClass>, { width }: SearchGoal): number {
  const carried = [...classes.values()].filter((found) => found === "lower").length;
  return lower / (1 - width) ** (2 ** (carried - 1));
}

function isOpen(load: number, classes: ReadonlyMap<number, LoadClass>): boolean {
  return (classes.get(load) ?? "undecided") === "undecided";
}

function verdictFor(goal: SearchGoal, loads: Loads, range: LoadRange): Verdict {
  const bounds = relevantBounds(classify(goal, loads));
  const { lower } = bounds;
  if (lower === undefined) return verdictOf(bounds, range, goal.width);
  const throughput = conditionalThroughput(lower, loads.get(lower) ?? [], goal);
  return verdictOf({ ...bounds, throughput }, range, goal.width);
}
