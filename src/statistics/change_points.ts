/**
 * Where a series of values changes its level: E-divisive (Matteson and James, "A nonparametric approach for multiple change point
 * analysis of multivariate data", Journal of the American Statistical Association 109, 2014), for one variable.
 *
 * The split of a segment at which the energy distance between its two parts is greatest is a change point if the values in
 * any other order seldom give one as great; then both parts are searched. It asks for no distribution, so skewed and tied
 * medians will do. A drift is told as one or more steps.
 */
import { median } from "./median.js";
import { seededRandom } from "./random.js";

export interface ChangePoint {
  /** Of the first value of the new level. */
  readonly index: number;
  /** Medians of the segments on either side, up to their next change points. */
  readonly before: number;
  readonly after: number;
  /** Share of permutations with as great a distance. */
  readonly probability: number;
}

export interface ChangePointOptions {
  /** Of a false alarm, for each segment that is searched. */
  readonly significance?: number;
  /** Fewest values of a level: one odd run is no change. */
  readonly leastSegment?: number;
  readonly permutations?: number;
  readonly seed?: number;
}

/** In ascending order of index. Cost: permutations x values squared. */
export function changePoints(
  values: readonly number[],
  { significance = 0.01, leastSegment = 4, permutations = 499, seed = 1 }: ChangePointOptions = {},
): readonly ChangePoint[] {
  const random = seededRandom(seed);
  const found = search(0, values.length);
  const edges = [0, ...found.map(({ index }) => index), values.length];
  return found.map((change, i) => ({
    ...change,
    before: median(values.slice(edges[i], change.index)),
    after: median(values.slice(change.index, edges[i + 2])),
  }));

  function search(start: number, end: number): readonly Pick<ChangePoint, "index" | "probability">[] {
    const segment = values.slice(start, end);
    const best = bestSplit(segment, leastSegment);
    if (best === undefined) return [];
    const probability = shareAsGreat(segment, best.distance);
    if (probability > significance) return [];
    const index = start + best.index;
    return [...search(start, index), { index, probability }, ...search(index, end)];
  }

  function shareAsGreat(segment: readonly number[], distance: number): number {
    let asGreat = 1; // the order that was measured is one of them
    for (let i = 0; i < permutations; ++i) {
      if ((bestSplit(shuffled(segment, random), leastSegment)?.distance ?? 0) >= distance) ++asGreat;
    }
    return asGreat / (permutations + 1);
  }
}

interface Split {
  readonly index: number;
  /** Scaled sample energy distance of the two parts: q of the paper's equation 5. */
  readonly distance: number;
}

function bestSplit(values: readonly number[], least: number): Split | undefined {
  const count = values.length;
  let [left, right, across] = [0, sumOfDistances(values), 0];
  let best: Split | undefined;
  for (let index = 1; index <= count - least; ++index) {
    const moved = values[index - 1] ?? 0;
    const [toLeft, toRight] = [distanceTo(moved, values, 0, index - 1), distanceTo(moved, values, index, count)];
    left += toLeft;
    right -= toRight;
    across += toRight - toLeft;
    if (index < least) continue;
    const rest = count - index;
    const energy = (2 * across) / (index * rest) - left / pairs(index) - right / pairs(rest);
    const distance = ((index * rest) / count) * energy;
    if (best === undefined || distance > best.distance) best = { index, distance };
  }
  return best !== undefined && best.distance > 0 ? best : undefined;
}

function pairs(count: number): number {
  return Math.max(1, (count * (count - 1)) / 2);
}

function sumOfDistances(values: readonly number[]): number {
  return values.reduce((sum, value, i) => sum + distanceTo(value, values, i + 1, values.length), 0);
}

function distanceTo(from: number, values: readonly number[], start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; ++i) sum += Math.abs((values[i] ?? 0) - from);
  return sum;
}

/** Fisher and Yates. */
function shuffled(values: readonly number[], random: () => number): number[] {
  const copy = [...values];
  for (let i = copy.length - 1; i > 0; --i) {
    const j = Math.floor(random() * (i + 1));
    [copy[i], copy[j]] = [copy[j] ?? 0, copy[i] ?? 0];
  }
  return copy;
}
