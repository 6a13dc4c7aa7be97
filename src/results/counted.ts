/** Which trials make up a point's numbers. */
import type { TrialRecord } from "./model.js";

type Trial = Pick<TrialRecord, "point" | "repetition" | "status">;

/** One a repetition: its last `ok` attempt, else its last `suspect` one. In order of repetition. */
export function countedTrials<T extends Trial>(trials: readonly T[]): readonly T[] {
  const best = new Map<number, T>();
  for (const trial of trials) {
    if (trial.status === "failed") continue;
    if (trial.status === "ok" || best.get(trial.repetition)?.status !== "ok") best.set(trial.repetition, trial);
  }
  return [...best.values()].sort((a, b) => a.repetition - b.repetition);
}

export function groupByPoint<T extends Pick<Trial, "point">>(trials: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const trial of trials) {
    const group = groups.get(trial.point);
    if (group === undefined) groups.set(trial.point, [trial]);
    else group.push(trial);
  }
  return groups;
}
