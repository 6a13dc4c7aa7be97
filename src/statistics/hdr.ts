/**
 * Latency histograms as the data path counts them (HdrHistogram, Tene): merging, percentiles, `.hgrm` text.
 *
 * A histogram is sparse: the recorded buckets only, each as its lower edge and count. All histograms
 * of one unit come from the same bucket layout, so that merging is adding counts and loses nothing.
 */
import { extent } from "./median.js";

/** `[lower edge in ns, count]`, ascending. `min` and `max` are exact, not edges; both 0 if nothing was recorded. */
export interface SparseHistogram {
  readonly unit: "ns";
  readonly buckets: readonly (readonly [number, number])[];
  readonly min: number;
  readonly max: number;
}

export const EMPTY_HISTOGRAM: SparseHistogram = { unit: "ns", buckets: [], min: 0, max: 0 };

/** One step of the cumulative distribution. */
export interface PercentileStep {
  /** In [0, 100]. */
  readonly percentile: number;
  /** Nanoseconds. */
  readonly value: number;
  /** Recorded values up to and including this one. */
  readonly count: number;
}

export function totalCount(histogram: SparseHistogram): number {
  return histogram.buckets.reduce((sum, [, count]) => sum + count, 0);
}

/** Sums of counts; associative and commutative, with {@link EMPTY_HISTOGRAM} as its zero. */
export function mergeHistograms(histograms: readonly SparseHistogram[]): SparseHistogram {
  const recorded = histograms.filter((histogram) => totalCount(histogram) > 0);
  if (recorded.length === 0) return EMPTY_HISTOGRAM;
  const counts = new Map<number, number>();
  for (const [edge, count] of recorded.flatMap(({ buckets }) => buckets)) {
    if (count > 0) counts.set(edge, (counts.get(edge) ?? 0) + count);
  }
  return {
    unit: "ns",
    buckets: [...counts].sort(([a], [b]) => a - b),
    min: extent(recorded.map(({ min }) => min))[0],
    max: extent(recorded.map(({ max }) => max))[1],
  };
}

/**
 * The value that `percentile` percent of the recorded values do not exceed, at bucket resolution: the
 * lower edge of its bucket, within [min, max]; exactly `max` for 100. `undefined` if nothing was recorded.
 *
 * @param percentile in [0, 100]
 */
export function valueAtPercentile(histogram: SparseHistogram, percentile: number): number | undefined {
  const total = totalCount(histogram);
  if (total === 0) return undefined;
  const rank = Math.max(1, Math.ceil((percentile / 100) * total - RANK_EPSILON));
  if (rank >= total) return histogram.max;
  let seen = 0;
  for (const [edge, count] of histogram.buckets) {
    seen += count;
    if (seen >= rank) return clamp(edge, histogram);
  }
  return histogram.max;
}

/** Weighted by bucket edges. `undefined` if nothing was recorded. */
export function meanOf(histogram: SparseHistogram): number | undefined {
  const total = totalCount(histogram);
  if (total === 0) return undefined;
  return histogram.buckets.reduce((sum, [edge, count]) => sum + clamp(edge, histogram) * count, 0) / total;
}

/**
 * The distribution in steps whose distance to 100 % halves every `ticksPerHalfDistance` steps, as
 * HdrHistogram's PercentileIterator takes them; the last step is 100 %.
 */
export function percentileSteps(histogram: SparseHistogram, ticksPerHalfDistance = 5): readonly PercentileStep[] {
  const total = totalCount(histogram);
  const steps: PercentileStep[] = [];
  let level = 0;
  let count = 0;
  for (const [edge, inBucket] of histogram.buckets) {
    count += inBucket;
    if (count === total) {
      steps.push({ percentile: level, value: histogram.max, count });
      break;
    }
    while ((100 * count) / total >= level) {
      steps.push({ percentile: level, value: clamp(edge, histogram), count });
      level = nextLevel(level, ticksPerHalfDistance);
    }
  }
  if (total > 0) steps.push({ percentile: 100, value: histogram.max, count: total });
  return steps;
}

/** HdrHistogram's percentile distribution file (`.hgrm`), values in nanoseconds. */
export function toHgrm(histogram: SparseHistogram): string {
  const rows = percentileSteps(histogram).map(hgrmRow);
  const mean = meanOf(histogram) ?? 0;
  const footer = [
    `#[Mean    = ${fixed(mean, 12)}, StdDeviation   = ${fixed(standardDeviation(histogram, mean), 12)}]`,
    `#[Max     = ${fixed(histogram.max, 12)}, Total count    = ${String(totalCount(histogram)).padStart(12)}]`,
  ];
  const header = `${"Value".padStart(12)} ${"Percentile".padStart(14)} ${"TotalCount".padStart(10)} 1/(1-Percentile)`;
  return [header, "", ...rows, ...footer, ""].join("\n");
}

/** Absorbs the rounding of `percentile / 100 * total`, which may land just above a whole rank. */
const RANK_EPSILON = 1e-9;

/** AbstractHistogram.PercentileIterator: ticks double each time the rest to 100 % halves. */
function nextLevel(level: number, ticksPerHalfDistance: number): number {
  const halvings = Math.floor(Math.log2(100 / (100 - level))) + 1;
  return level + 100 / (ticksPerHalfDistance * 2 ** halvings);
}

function clamp(edge: number, { min, max }: SparseHistogram): number {
  return Math.min(Math.max(edge, min), max);
}

function standardDeviation(histogram: SparseHistogram, mean: number): number {
  const squares = histogram.buckets.reduce(
    (sum, [edge, count]) => sum + (clamp(edge, histogram) - mean) ** 2 * count,
    0,
  );
  return Math.sqrt(squares / Math.max(1, totalCount(histogram)));
}

function hgrmRow({ percentile, value, count }: PercentileStep): string {
  const row = `${fixed(value, 12)} ${(percentile / 100).toFixed(12)} ${String(count).padStart(10)}`;
  return percentile === 100 ? row : `${row} ${(1 / (1 - percentile / 100)).toFixed(2).padStart(14)}`;
}

function fixed(value: number, width: number): string {
  return value.toFixed(3).padStart(width);
}
