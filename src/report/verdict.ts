/** A run in one line. */
import type { ReportInput } from "./input.js";

export interface Verdict {
  readonly tone: "good" | "warn" | "bad";
  /** `Complete`, `Complete, with suspect trials`, `Complete, with failures`, `Interrupted`. */
  readonly headline: string;
  /** `12 points · 94 trials ok, 1 suspect, 1 failed · 2 points skipped`. */
  readonly counts: string;
}

export function verdictOf({ summary }: ReportInput): Verdict {
  const { trials, points, outcome } = summary;
  const failed = trials.failed > 0 || points.some(({ status }) => status === "failed");
  const suspect = trials.suspect > 0 || points.some(({ status }) => status === "suspect");
  const counts = [
    plural(points.length, "point"),
    `${plural(trials.ok, "trial")} ok, ${trials.suspect} suspect, ${trials.failed} failed`,
    ...(trials.skipped > 0 ? [`${plural(trials.skipped, "point")} skipped`] : []),
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
