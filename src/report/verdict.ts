/** A run in one line. */
import { verdictCounts } from "./claims.js";
import type { ReportInput } from "./input.js";

export interface Verdict {
  readonly tone: "good" | "warn" | "bad";
  /** `Complete`, `Complete, with suspect trials`, `Complete, with failures`, `Interrupted`. */
  readonly headline: string;
  /** `12 points · 94 trials ok, 1 suspect, 1 failed · 2 points skipped · claims: 3 confirmed`. */
  readonly counts: string;
}

export function verdictOf({ summary }: ReportInput): Verdict {
  const { trials, points, outcome, claims } = summary;
  const failed = trials.failed > 0 || points.some(({ status }) => status === "failed");
  const suspect = trials.suspect > 0 || points.some(({ status }) => status === "suspect");
  const counts = [
    plural(points.length, "point"),
    `${plural(trials.ok, "trial")} ok, ${trials.suspect} suspect, ${trials.failed} failed`,
    ...(trials.skipped > 0 ? [`${plural(trials.skipped, "point")} skipped`] : []),
    ...(claims.length > 0 ? [`${claims.length === 1 ? "claim" : "claims"}: ${verdictCounts(claims)}`] : []),
  ].join(" · ");
  if (outcome === "interrupted") return { tone: "bad", headline: "Interrupted", counts };
  if (failed) return { tone: "bad", headline: "Complete, with failures", counts };
  if (suspect || trials.skipped > 0) {
    return {
      tone: "warn",
      headline: suspect ? "Complete, with suspect trials" : "Complete, with points skipped",
      counts,
    };
  }
  return { tone: "good", headline: "Complete", counts };
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}
