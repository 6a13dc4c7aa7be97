/** Which points of two sets belong together. */
import type { Params } from "../results/model.js";
import type { PointSamples, SampleSet } from "./samples.js";

export interface PointPair {
  readonly baseline: PointSamples;
  readonly candidate: PointSamples;
}

export interface Pairing {
  readonly pairs: readonly PointPair[];
  readonly onlyBaseline: readonly PointSamples[];
  readonly onlyCandidate: readonly PointSamples[];
}

/**
 * By id, which means that every parameter is the same; else by the swept parameters, so that runs can be compared that
 * differ in what all points share. What that is, `differences` of their settings tells.
 */
export function pairPoints(baseline: SampleSet, candidate: SampleSet): Pairing {
  const ids = new Map(candidate.points.map((point) => [point.id, point]));
  const params = new Map(candidate.points.map((point) => [paramsKey(point), point]));
  const pairs: PointPair[] = [];
  const onlyBaseline: PointSamples[] = [];
  for (const point of baseline.points) {
    const partner = ids.get(point.id) ?? params.get(paramsKey(point));
    if (partner === undefined) onlyBaseline.push(point);
    else pairs.push({ baseline: point, candidate: partner });
  }
  const paired = new Set(pairs.map(({ candidate: { id } }) => id));
  return { pairs, onlyBaseline, onlyCandidate: candidate.points.filter(({ id }) => !paired.has(id)) };
}

/** Whether a point has all the values that a rule's `where` asks for. */
export function isWanted({ params }: { readonly params: Params }, where: Params = {}): boolean {
  return Object.entries(where).every(([name, value]) => params[name] === value);
}

function paramsKey({ params }: PointSamples): string {
  return JSON.stringify(Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1)));
}
