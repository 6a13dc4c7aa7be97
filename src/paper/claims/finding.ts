/** What was found at one cell of the run, and how findings make up a verdict with one sentence of evidence. */
import type { PointView } from "./points.js";
import { labelText } from "./text.js";
import { allOf, anyOf, negate, type Verdict } from "./verdict.js";

export interface Finding {
  readonly verdict: Verdict;
  /** A phrase with numbers and units. */
  readonly text: string;
  /** How far on the right side, larger is better; tells which finding is the tightest. */
  readonly margin: number;
  readonly points: readonly PointView[];
}

/** The outcome of an expectation or a part of one. */
export interface Outcome {
  readonly verdict: Verdict;
  readonly evidence: string;
  /** Every finding as a phrase with its place, for those who want all of them. */
  readonly details: readonly string[];
  readonly points: readonly PointView[];
}

export function notTestable(text: string, points: readonly PointView[] = []): Finding {
  return { verdict: "not testable here", text, margin: 0, points };
}

/** `finding` with its place in front, unless there is only one. */
export function at(label: Parameters<typeof labelText>[0], finding: Finding): Finding {
  return label.length === 0 ? finding : { ...finding, text: `at ${labelText(label)}: ${finding.text}` };
}

/** As {@link conclude}; where there are no findings, what the run lacks is the reason, or else `nothing`. */
export function concludeScope(findings: readonly Finding[], lacking: readonly Finding[], nothing: string): Outcome {
  if (findings.length > 0) return conclude([...findings, ...lacking]);
  return conclude(lacking.length > 0 ? lacking : [notTestable(nothing)]);
}

/** All findings must hold; the evidence is the one that decides, and how many others there are. */
export function conclude(findings: readonly Finding[]): Outcome {
  const verdict = findings.length === 0 ? "not testable here" : allOf(findings.map((finding) => finding.verdict));
  const deciding = findings.filter((finding) => finding.verdict === verdict).sort((a, b) => weight(a) - weight(b));
  const text = deciding[0]?.text ?? "the run has no such point";
  return {
    verdict,
    evidence: `${text}${others(verdict, deciding.length, findings.length)}`,
    details: findings.map((finding) => `${finding.verdict}: ${finding.text}`),
    points: findings.flatMap(({ points }) => points),
  };
}

export function concludeAll(parts: readonly Outcome[]): Outcome {
  const verdict = allOf(parts.map((part) => part.verdict));
  return together(parts, verdict);
}

export function concludeAny(parts: readonly Outcome[]): Outcome {
  const verdict = anyOf(parts.map((part) => part.verdict));
  return together(parts, verdict);
}

export function concludeNot(part: Outcome): Outcome {
  return { ...part, verdict: negate(part.verdict) };
}

/** The tightest first; of refuted ones the worst. */
function weight({ verdict, margin }: Finding): number {
  if (Number.isNaN(margin)) return 0;
  return verdict === "inconclusive" ? Math.abs(margin) : margin;
}

function others(verdict: Verdict, deciding: number, all: number): string {
  if (all < 2) return "";
  if (verdict === "confirmed") return `; holds in all ${all} cases, this is the closest`;
  return `; ${verdict} in ${deciding} of ${all} cases`;
}

const MOST_PARTS = 3;

function together(parts: readonly Outcome[], verdict: Verdict): Outcome {
  const deciding = parts.filter((part) => part.verdict === verdict);
  const shown = deciding.slice(0, MOST_PARTS).map(({ evidence }) => evidence);
  const more = deciding.length > MOST_PARTS ? [`and ${deciding.length - MOST_PARTS} more parts`] : [];
  return {
    verdict,
    evidence: [...shown, ...more].join("; "),
    details: parts.flatMap(({ details }) => details),
    points: parts.flatMap(({ points }) => points),
  };
}
