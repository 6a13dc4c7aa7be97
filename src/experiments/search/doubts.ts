/** What speaks against the number that a search found. */
import type { Verdict } from "../../search/model.js";
import type { Doubt } from "../conntrack/verdict.js";
import type { TrialOutcome } from "../experiment.js";
import type { Measured } from "./measurement.js";

/** How the ends of a search read that did not find close bounds. Bounds are those that are known. */
export interface EndTexts {
  readonly neverLoses: (lower: number | undefined) => string;
  readonly alwaysLoses: (upper: number | undefined) => string;
  readonly notConverged: (lower: number | undefined, upper: number | undefined) => string;
}

/** A search that did not end with close bounds has a number that means something else. */
export function endDoubts({ outcome, lower, upper }: Verdict, texts: EndTexts): readonly Doubt[] {
  switch (outcome) {
    case "found":
      return [];
    case "above-max":
      return [{ flag: "never-loses", says: texts.neverLoses(lower) }];
    case "below-min":
      return [{ flag: "always-loses", says: texts.alwaysLoses(upper) }];
    case "out-of-budget":
      return [{ flag: "search-not-converged", says: texts.notConverged(lower, upper) }];
  }
}

/**
 * What disturbed the measurement that bounds the result from above decided the result as well.
 *
 * @param where that measurement was made: `at the lowest rate that was not carried`
 */
export function doubtsAbove(above: Measured | undefined, { flags }: TrialOutcome, where: string): readonly Doubt[] {
  return (above?.measurement.doubts ?? [])
    .filter(({ flag }) => !flags.includes(flag) && flag !== "no-latency")
    .map(({ flag, says }) => ({ flag, says: `${where}: ${says}` }));
}

/** So that the runner sees CPU time stolen at either bound. */
export function withSteal(outcome: TrialOutcome, above: Measured | undefined): TrialOutcome {
  const { environment } = outcome;
  const other = above?.measurement.outcome.environment;
  if (environment === undefined || other === undefined) return outcome;
  return {
    ...outcome,
    environment: { ...environment, stealSeconds: Math.max(environment.stealSeconds, other.stealSeconds) },
  };
}
