/** `cliff`: a jump between two neighbouring values of a parameter. */
import type { CliffClaim } from "../language/operators.js";
import { numberOf } from "../language/threshold.js";
import { judge, ratioOf, slack, type Estimate } from "./estimate.js";
import { at, concludeScope, notTestable, type Finding, type Outcome } from "./finding.js";
import { scopeOf, type Setting } from "./setting.js";
import { numberText, paramLabel, paramText, ratioText } from "./text.js";
import { allOf, anyOf, type Verdict } from "./verdict.js";
import {
  subjectText,
  valueTexts,
  walksBeside,
  walksOf,
  type Gap,
  type Step,
  type Walk,
  type WalkRequest,
} from "./walk.js";

export function evaluateCliff(claim: CliffClaim, setting: Setting): Outcome {
  const { points, lacking } = scopeOf(setting, claim.where);
  const walks = walksOf(points, claim, setting.ignore);
  const beside = besideOf(claim, setting);
  const findings = walks.map((walk) => at(walk.cell.label, onWalk(walk, claim, beside)));
  return concludeScope(findings, lacking, `the run has no point with a number as ${claim.along}`);
}

interface Direction {
  readonly falls_by?: number | undefined;
  readonly rises_by?: number | undefined;
}

interface Jump {
  readonly from: number;
  readonly to: number;
  readonly verdict: Verdict;
  /** Undefined where a value is missing. */
  readonly size?: Estimate;
  readonly steps?: readonly [Step, Step];
  readonly margin: number;
  readonly reason?: string;
}

/** The walks of `same_place_as`, or undefined without it. */
function besideOf({ same_place_as: other, along }: CliffClaim, setting: Setting): readonly Walk[] | undefined {
  if (other === undefined) return undefined;
  const request: WalkRequest = { ...other, along };
  return walksOf(scopeOf(setting, other.where).points, request, [...Object.keys(other.where ?? {}), ...setting.ignore]);
}

function onWalk(walk: Walk, claim: CliffClaim, beside: readonly Walk[] | undefined): Finding {
  const jumps = jumpsOf(walk, claim).filter(isBetween(claim.between));
  if (jumps.length === 0) return notTestable(noJump(claim), walk.points);
  if (claim.same_place_as === undefined || beside === undefined) return summed(walk, claim, jumps);
  const others = walksBeside(beside, walk.cell);
  const [other] = others;
  if (other === undefined || others.length > 1) {
    const metric = claim.same_place_as.metric;
    return notTestable(
      `${others.length === 0 ? "no" : "more than one"} series of ${metric} fits beside it`,
      walk.points,
    );
  }
  const { points, ...finding } = summed(walk, claim, together(jumps, jumpsOf(other, claim.same_place_as)));
  const beyond = finding.verdict === "confirmed" ? `, where ${claim.same_place_as.metric} jumps too` : "";
  return { ...finding, text: `${finding.text}${beyond}`, points: [...points, ...other.points] };
}

/** Both jump at the same place. */
function together(jumps: readonly Jump[], others: readonly Jump[]): readonly Jump[] {
  return jumps.map((jump) => {
    const other = others.find(({ from, to }) => from === jump.from && to === jump.to);
    const reason = other === undefined ? "the other metric was not measured at the same values" : other.reason;
    const verdict = allOf([jump.verdict, other?.verdict ?? "not testable here"]);
    return { ...jump, verdict, ...(reason === undefined ? {} : { reason }) };
  });
}

function jumpsOf({ steps, gaps }: Walk, direction: Direction): readonly Jump[] {
  const places: (Step | Gap)[] = [...steps, ...gaps].sort((a, b) => a.x - b.x);
  return places.slice(1).map((to, index) => jump(places[index] ?? to, to, direction));
}

function jump(from: Step | Gap, to: Step | Gap, { falls_by, rises_by }: Direction): Jump {
  const place = { from: from.x, to: to.x };
  if ("reason" in from || "reason" in to) {
    const reason = [from, to].flatMap((end) => ("reason" in end ? [end.reason] : [])).join(", ");
    return { ...place, verdict: "not testable here", margin: -Infinity, reason };
  }
  const size = falls_by === undefined ? ratioOf(to.estimate, from.estimate) : ratioOf(from.estimate, to.estimate);
  const limits = { atLeast: falls_by ?? rises_by ?? 1 };
  return { ...place, size, steps: [from, to], verdict: judge(size, limits), margin: slack(size, limits) };
}

function isBetween(between: CliffClaim["between"]): (jump: Jump) => boolean {
  if (between === undefined) return () => true;
  const [first = Number.NaN, last = Number.NaN] = between.map((end) => numberOf(end));
  return ({ from, to }) => from >= first && to <= last;
}

/** One jump is enough; the evidence is the largest of those that decide. */
function summed(walk: Walk, claim: CliffClaim, jumps: readonly Jump[]): Finding {
  const verdict = anyOf(jumps.map((one) => one.verdict));
  const deciding = jumps.filter((one) => one.verdict === verdict);
  const largest = deciding.toSorted((a, b) => b.margin - a.margin)[0];
  if (largest === undefined || verdict === "not testable here") {
    return notTestable([...new Set(deciding.flatMap(({ reason }) => reason ?? []))].join(", "), walk.points);
  }
  return { verdict, text: jumpText(walk, claim, largest), margin: largest.margin, points: walk.points };
}

function jumpText(walk: Walk, claim: CliffClaim, { from, to, size, steps }: Jump): string {
  if (size === undefined || steps === undefined) return noJump(claim);
  const [a, b] = valueTexts(
    walk,
    steps.map(({ estimate }) => estimate),
  );
  const verb = claim.falls_by === undefined ? "rises" : "falls";
  const place = `from ${paramLabel(claim.along, from)} (${a}) to ${paramText(to)} (${b})`;
  const expected = `expected a jump of at least ${numberText(claim.falls_by ?? claim.rises_by ?? 1)}x`;
  return `${subjectText(claim)} ${verb} by ${ratioText(size)} ${place}, ${expected}`;
}

function noJump({ along, between }: CliffClaim): string {
  const where = between === undefined ? "" : ` within ${between.map((end) => String(end)).join(" to ")}`;
  return `the run has no two neighbouring values of ${along}${where}`;
}
