/** Records latencies in the buckets of the data path (native/common/histogram.h), so that both can be merged. */
import type { SparseHistogram } from "./hdr.js";

/** 128 parts an octave: a value is known to within 0.8 %. */
const PARTS = 128;
/** 2^40 ns: longer times count in the last bucket. */
const LONGEST = 2 ** 40 - 1;

export interface LatencyRecorder {
  /** @param ns is rounded down to whole nanoseconds */
  record(ns: number): void;
  histogram(): SparseHistogram;
}

export function latencyRecorder(): LatencyRecorder {
  const counts = new Map<number, number>();
  let [min, max] = [Infinity, 0];
  return {
    record: (ns) => {
      const value = Math.floor(ns);
      [min, max] = [Math.min(min, value), Math.max(max, value)];
      const edge = bucketEdge(value);
      counts.set(edge, (counts.get(edge) ?? 0) + 1);
    },
    histogram: () => {
      const buckets = [...counts].sort(([a], [b]) => a - b);
      return { unit: "ns", buckets, min: counts.size === 0 ? 0 : min, max };
    },
  };
}

/** The lowest value of the bucket that a whole number of nanoseconds counts in. */
export function bucketEdge(value: number): number {
  const counted = Math.min(value, LONGEST);
  if (counted < PARTS) return counted;
  const width = 2 ** (Math.floor(Math.log2(counted)) - Math.log2(PARTS));
  return Math.floor(counted / width) * width;
}
