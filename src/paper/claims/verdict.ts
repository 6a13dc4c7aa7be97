/** Four-valued verdicts and how they combine (Kleene's three values, with two kinds of "unknown"). */

/**
 * - `confirmed`, `refuted`: the intervals of the medians leave no doubt.
 * - `inconclusive`: an interval overlaps a threshold, or suspect trials may have bent it; more trials can decide.
 * - `not testable here`: points are missing, skipped or failed, or the statement cannot be tested by a run.
 */
export type Verdict = "confirmed" | "refuted" | "inconclusive" | "not testable here";

/** One refuted part refutes the whole; a part that is not testable keeps the whole from ever being confirmed. */
export function allOf(verdicts: readonly Verdict[]): Verdict {
  return first(verdicts, ["refuted", "not testable here", "inconclusive"]) ?? "confirmed";
}

/** One confirmed part is enough; of none, nothing is confirmed. */
export function anyOf(verdicts: readonly Verdict[]): Verdict {
  return first(verdicts, ["confirmed", "inconclusive", "not testable here"]) ?? "refuted";
}

export function negate(verdict: Verdict): Verdict {
  if (verdict === "confirmed") return "refuted";
  return verdict === "refuted" ? "confirmed" : verdict;
}

function first(verdicts: readonly Verdict[], order: readonly Verdict[]): Verdict | undefined {
  return order.find((verdict) => verdicts.includes(verdict));
}
