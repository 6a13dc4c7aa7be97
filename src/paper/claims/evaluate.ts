/** Does this run confirm what the paper says? */
import type { RunManifest, Summary } from "../../results/model.js";
import { extent } from "../../statistics/median.js";
import { operatorOf, type Claim, type Expect } from "../language/claim.js";
import type { ReferenceTable } from "../reference/table.js";
import { evaluateCliff } from "./cliff.js";
import { conclude, concludeAll, concludeAny, concludeNot, notTestable, type Outcome } from "./finding.js";
import { evaluateKnee } from "./knee.js";
import { evaluateLinear } from "./linear.js";
import { evaluateMonotone } from "./monotone.js";
import { evaluateOrder } from "./order.js";
import { viewPoints, type PointView } from "./points.js";
import { evaluatePublished } from "./published.js";
import { evaluateRatio } from "./ratio.js";
import type { Setting } from "./setting.js";
import type { Verdict } from "./verdict.js";
import { evaluateWithin } from "./within.js";

export interface ClaimResult {
  readonly id: string;
  readonly says: string;
  readonly verdict: Verdict;
  /** One sentence with the numbers that decide, or the reason why nothing does. */
  readonly evidence: string;
  /** Every finding behind it, one phrase each. */
  readonly details: readonly string[];
  /** Ids of the points that were looked at. */
  readonly points: readonly string[];
  readonly tags: readonly string[];
}

/**
 * Verdicts on claims, in their order. Pure: the same summary gives the same verdicts.
 *
 * @param manifest tells the parameters that all points share; without it claims can only name swept ones
 * @param references the published tables that the claims name, as `loadReferences` gives them
 */
export function evaluateClaims(
  claims: readonly Claim[],
  summary: Summary,
  manifest?: RunManifest,
  references: ReadonlyMap<string, ReferenceTable> = new Map(),
): readonly ClaimResult[] {
  const points = viewPoints(summary, manifest);
  return claims.map(({ id, says, expect, where = {}, ignore = [], tags = [] }) => {
    const outcome = withCaveats(evaluate(expect, { points, where, ignore, references }));
    const used = new Set(outcome.points.map((point) => point.id));
    const { verdict, evidence, details } = outcome;
    return { id, says, verdict, evidence, details, points: [...used], tags };
  });
}

/** Names of the published tables that claims compare with. */
export function referencesIn(claims: readonly Claim[]): readonly string[] {
  const names = (expect: Expect): readonly string[] => {
    const { name, body } = operatorOf(expect);
    if (name === "published") return [body.series];
    if (name === "not") return names(body);
    return name === "all" || name === "any" ? body.flatMap(names) : [];
  };
  return [...new Set(claims.flatMap(({ expect }) => names(expect)))];
}

function evaluate(expect: Expect, setting: Setting): Outcome {
  const { name, body } = operatorOf(expect);
  switch (name) {
    case "order":
      return evaluateOrder(body, setting);
    case "ratio":
      return evaluateRatio(body, setting);
    case "within":
      return evaluateWithin(body, setting);
    case "monotone":
      return evaluateMonotone(body, setting);
    case "cliff":
      return evaluateCliff(body, setting);
    case "knee":
      return evaluateKnee(body, setting);
    case "linear":
      return evaluateLinear(body, setting);
    case "published":
      return evaluatePublished(body, setting);
    case "all":
      return concludeAll(body.map((part) => evaluate(part, setting)));
    case "any":
      return concludeAny(body.map((part) => evaluate(part, setting)));
    case "not":
      return concludeNot(evaluate(body, setting));
    case "untestable":
      return conclude([notTestable(body)]);
  }
}

/** Flags that widen intervals, which show it where there are trials enough for one. */
const NOISE: ReadonlySet<string> = new Set(["stolen-cpu", "lost-cpu", "calibration-drifted"]);

/**
 * Flags that intervals show in any case, or that concern other metrics. All other flags of suspect points (a generator that
 * was the limit, frames that were lost track of) can bend a median without widening anything.
 */
const HARMLESS: ReadonlySet<string> = new Set(["few-repetitions", "failed-trials", "no-latency"]);

/** A 95 % interval of a median needs this many trials (statistics/interval.ts). */
const ENOUGH_TRIALS = 6;

function withCaveats(outcome: Outcome): Outcome {
  const { verdict, evidence, points } = outcome;
  if (verdict === "not testable here") return outcome;
  const suspects = [...new Set(points)].filter(({ status }) => status === "suspect");
  const flags = [...new Set(suspects.flatMap((point) => point.flags))];
  const bent = suspects.filter(mayBeBent);
  const notes = [
    ...(suspects.length === 0
      ? []
      : [`${plural(suspects.length, "suspect point")} (${flags.join(", ") || "no reason given"})`]),
    ...fewTrials(points),
  ];
  const text = [evidence, ...notes].join("; ");
  if (bent.length === 0 || verdict === "inconclusive") return { ...outcome, evidence: text };
  return { ...outcome, verdict: "inconclusive", evidence: `would be ${verdict}, but for suspect points: ${text}` };
}

function mayBeBent(point: PointView): boolean {
  const isShown = (flag: string) => HARMLESS.has(flag) || (NOISE.has(flag) && fewestTrials([point]) >= ENOUGH_TRIALS);
  return point.flags.length === 0 || !point.flags.every(isShown);
}

function fewestTrials(points: readonly PointView[]): number {
  return extent(points.flatMap(({ metrics }) => Object.values(metrics).map(({ n }) => n)))[0];
}

function fewTrials(points: readonly PointView[]): readonly string[] {
  const fewest = fewestTrials(points);
  if (fewest >= ENOUGH_TRIALS) return [];
  return [fewest < 2 ? "a single trial has no interval" : `intervals are ranges of ${fewest} trials`];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
