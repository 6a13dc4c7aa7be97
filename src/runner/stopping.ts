/** When a point has been measured often enough. */
import { relativeHalfWidth } from "../statistics/interval.js";
import type { RepeatRule } from "../results/model.js";

/**
 * Whether a point with these values of the rule's metric, one a finished repetition, needs repetition
 * `round` (0-based) as well.
 */
export function needsRepetition(rule: RepeatRule, round: number, values: readonly number[]): boolean {
  if (round < rule.min) return true;
  if (round >= rule.max || rule.until === undefined) return false;
  return relativeHalfWidth(values) > rule.until.ci95;
}

/** How many repetitions the rule asked of a point for itself, before any that a claim asked for. */
export function ownRepetitions(rule: RepeatRule, valuesBefore: (round: number) => readonly number[]): number {
  let round = 0;
  while (needsRepetition(rule, round, valuesBefore(round))) round += 1;
  return round;
}
