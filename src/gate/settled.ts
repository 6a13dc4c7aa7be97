/** What has passed stays passed, so that further rounds go to the points that are open. */
import { overall, type Judgement } from "./judge.js";

/**
 * A judgement in the light of an earlier look at fewer samples. The looks share the rules' chance of error, so that one that
 * was sure need not be asked again.
 *
 * @param before left out at the first look
 */
export function withSettled(before: Judgement | undefined, now: Judgement): Judgement {
  const passed = before?.checks.filter(({ outcome }) => outcome === "passed") ?? [];
  const checks = now.checks.map((check) => {
    return passed.find(({ rule, point }) => rule === check.rule && point.id === check.point.id) ?? check;
  });
  return { ...now, checks, outcome: overall(checks.map(({ outcome }) => outcome)) };
}

/** Ids of points with a check that has not passed. */
export function openPoints({ checks }: Judgement): ReadonlySet<string> {
  return new Set(checks.filter(({ outcome }) => outcome !== "passed").map(({ point }) => point.id));
}
