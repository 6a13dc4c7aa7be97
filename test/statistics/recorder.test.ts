/** Latencies recorded in TypeScript. */
import { describe, expect, it } from "vitest";
import { EMPTY_HISTOGRAM, totalCount, valueAtPercentile } from "../../src/statistics/hdr.js";
import { bucketEdge, latencyRecorder } from "../../src/statistics/recorder.js";

describe("the recorder", () => {
  it("is empty at first", () => {
    expect(latencyRecorder().histogram()).toEqual(EMPTY_HISTOGRAM);
  });

  it("keeps the extremes exactly, and counts in ascending buckets", () => {
    const recorder = latencyRecorder();
    for (const ns of [1001, 5.9, 70_003, 5]) recorder.record(ns);
    const histogram = recorder.histogram();
    expect(histogram).toMatchObject({ min: 5, max: 70_003 });
    expect(histogram.buckets[0]).toEqual([5, 2]);
    expect(totalCount(histogram)).toBe(4);
    expect(valueAtPercentile(histogram, 75)).toBe(bucketEdge(1001));
  });

  it("has the data path's buckets: exact below 128, then 128 an octave, and a last one for 2^40 and more", () => {
    expect([0, 127, 128, 255, 256, 257, 258, 1001, 1_000_000].map(bucketEdge)).toEqual([
      0, 127, 128, 255, 256, 256, 258, 1000, 999_424,
    ]);
    expect(bucketEdge(2 ** 41)).toBe(bucketEdge(2 ** 40 - 1));
  });
});
