/** `knee`: the value of a parameter at which a metric has reached a level. */
import type { KneeClaim } from "../language/operators.js";
import { numberOf, threshold } from "../language/threshold.js";
import { parseFactor, type Quantity } from "../language/values.js";
import { extent } from "../../statistics/median.js";
import { formatQuantity } from "../../units.js";
import {
  exactly,
  fewestTrials,
  greatest,
  judge,
  least,
  ratioOf,
  scaled,
  slack,
  type Estimate,
  type Limits,
} from "./estimate.js";
import { at, concludeScope, notTestable, type Finding, type Outcome } from "./finding.js";
import { limitsOf } from "./ratio.js";
import { scopeOf, type Setting } from "./setting.js";
import { labelText, limitsText, metricText, numberText, paramLabel, paramText, ratioText } from "./text.js";
import { walksBeside, walksOf, type Walk } from "./walk.js";

export function evaluateKnee(claim: KneeClaim, setting: Setting): Outcome {
  const { points, lacking } = scopeOf(setting, claim.where);
  const { metric, along, of, to } = claim;
  const named = [...Object.keys(to ?? {}), ...setting.ignore];
  const walks = walksOf(points, { metric, along, of }, named);
  const others =
    to === undefined ? [] : walksOf(points, { metric, along, of: to }, [...Object.keys(of ?? {}), ...setting.ignore]);
  const findings = walks.map((walk) => {
    const finding = to === undefined ? alone(walk, claim) : compared(walk, walksBeside(others, walk.cell), claim);
    return at(walk.cell.label, finding);
  });
  return concludeScope(findings, lacking, `the run has no point with a number as ${along}`);
}

/** Where a walk reaches a level. */
interface Knee {
  /** By the medians: Infinity if it is not reached in the run. */
  readonly place: Estimate;
  /** `at cores 3`, `beyond cores 8, the last of the run`. */
  readonly text: string;
  readonly last: number;
  /** Why the place is uncertain for want of values rather than of trials. */
  readonly gap?: string;
}

function alone(walk: Walk, claim: KneeClaim): Finding {
  const knee = kneeOf(walk, claim);
  if (typeof knee === "string") return notTestable(knee, walk.points);
  const limits = limitsWith(claim, numberOf);
  const expected = limitsText(limits, paramText);
  const text = `${metricText(claim.metric)} ${levelText(claim, walk)} ${knee.text}, expected ${claim.along} ${expected}`;
  return settle(knee.place, limits, text, [knee], walk);
}

function compared(walk: Walk, others: readonly Walk[], claim: KneeClaim): Finding {
  const [other] = others;
  if (other === undefined || others.length > 1) {
    return notTestable(`${others.length === 0 ? "no" : "more than one"} series fits the other side`, walk.points);
  }
  const knees = [walk, other].map((one) => kneeOf(one, claim));
  const [own, theirs] = knees;
  if (own === undefined || theirs === undefined || typeof own === "string" || typeof theirs === "string") {
    return notTestable(knees.find((knee) => typeof knee === "string") ?? "", walk.points);
  }
  const limits = limitsWith(claim, (written) => (typeof written === "number" ? written : parseFactor(written)));
  const ratio = ratioOfPlaces(own.place, theirs.place);
  const sides = [selectionText(claim.of, own.text), selectionText(claim.to, theirs.text)];
  const level = `${metricText(claim.metric)} ${levelText(claim, walk)}`;
  const text = `${level} for ${sides.join(", for ")}: ratio ${ratioText(ratio)}, expected ${limitsText(limits, numberText)}`;
  return settle(ratio, limits, text, [own, theirs], { ...walk, points: [...walk.points, ...other.points] });
}

/** More trials do not help where the run ends before the level is reached, or left out a value that decides. */
function settle(value: Estimate, limits: Limits, text: string, knees: readonly Knee[], walk: Walk): Finding {
  const verdict = judge(value, limits);
  const margin = slack(value, limits);
  if (verdict !== "inconclusive") return { verdict, text, margin, points: walk.points };
  const gap = knees.find((knee) => knee.gap !== undefined)?.gap;
  if (gap !== undefined) return notTestable(gap, walk.points);
  const short = knees.some(({ place, last }) => place.low > last);
  return { verdict: short ? "not testable here" : verdict, text, margin, points: walk.points };
}

function kneeOf(walk: Walk, claim: KneeClaim): Knee | string {
  const { steps, gaps } = walk;
  const [, last] = extent([...steps, ...gaps].map(({ x }) => x));
  const level = levelOf(walk, claim);
  if (typeof level === "string") return level;
  const falls = claim.falls_to !== undefined;
  const reached = (value: number, goal: number): boolean => (falls ? value <= goal : value >= goal);
  const surely = steps.find(({ estimate: y }) => (falls ? reached(y.high, level.low) : reached(y.low, level.high)));
  const maybe = steps.find(({ estimate: y }) => (falls ? reached(y.low, level.high) : reached(y.high, level.low)));
  const typical = steps.find(({ estimate: y }) => reached(y.median, level.median));
  const [gap] = gaps.filter(({ x }) => x < (maybe?.x ?? Infinity)).toSorted((a, b) => a.x - b.x);
  const place: Estimate = {
    median: typical?.x ?? Infinity,
    low: gap?.x ?? maybe?.x ?? beyond(last),
    high: surely?.x ?? Infinity,
    n: fewestTrials(steps.map(({ estimate }) => estimate)),
  };
  const text =
    typical === undefined ? `beyond ${paramLabel(claim.along, last)}, the last of the run` : placeText(claim, place);
  return { place, text, last, ...(gap === undefined ? {} : { gap: gap.reason }) };
}

function placeText({ along }: KneeClaim, { median, low, high }: Estimate): string {
  const sure =
    low === high ? "" : ` [${paramText(low)}, ${Number.isFinite(high) ? paramText(high) : "beyond the run"}]`;
  return `at ${paramLabel(along, median)}${sure}`;
}

/** The least number that is greater than `last`, to a claim. */
function beyond(last: number): number {
  return last + Math.max(Number.MIN_VALUE, Math.abs(last) * 1e-12);
}

/** The level as a value with an interval, or why there is none. */
function levelOf({ steps, unit, gaps }: Walk, { falls_to, rises_to }: KneeClaim): Estimate | string {
  const [first, last] = [steps[0], steps.at(-1)];
  const written = falls_to ?? rises_to;
  if (first === undefined || last === undefined || unit === undefined || written === undefined) {
    return gaps[0]?.reason ?? "nothing was measured";
  }
  if (typeof written !== "object") {
    const value = threshold(written, unit);
    return value === undefined ? `the level ${written} is not in ${unit}` : exactly(value);
  }
  const estimates = steps.map(({ estimate }) => estimate);
  const bases = { first: first.estimate, last: last.estimate, highest: greatest(estimates), lowest: least(estimates) };
  return scaled(bases[written.of], written.share);
}

function levelText(claim: KneeClaim, walk: Walk): string {
  const written = claim.falls_to ?? claim.rises_to;
  const verb = claim.falls_to === undefined ? "reaches" : "falls to";
  if (typeof written === "object") return `${verb} ${numberText(100 * written.share)}% of its ${written.of} value`;
  const level = levelOf(walk, claim);
  return typeof level === "string" || walk.unit === undefined
    ? verb
    : `${verb} ${formatQuantity(level.median, walk.unit)}`;
}

/** Places may lie beyond the run, at infinity. */
function ratioOfPlaces(a: Estimate, b: Estimate): Estimate {
  const n = Math.min(a.n, b.n);
  if (Number.isFinite(a.high) && Number.isFinite(b.high)) return ratioOf(a, b);
  return { median: a.median / b.median, low: a.low / b.high, high: a.high / b.low, n };
}

function limitsWith(claim: KneeClaim, read: (written: Quantity) => number | undefined): Limits {
  const { at_least, at_most, above, below, between } = claim;
  const one = (written: Quantity | undefined): number | undefined =>
    written === undefined ? undefined : (read(written) ?? Number.NaN);
  const [low, high] = [one(between?.[0] ?? at_least), one(between?.[1] ?? at_most)];
  return limitsOf({ at_least: low, at_most: high, above: one(above), below: one(below) });
}

function selectionText(selection: KneeClaim["of"], text: string): string {
  const values = Object.entries(selection ?? {}).flatMap(([name, value]) =>
    typeof value === "object" ? [] : [[name, value] as const],
  );
  return `${labelText(values)} ${text}`.trim();
}
