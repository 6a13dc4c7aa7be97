import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { shardOf } from "../../src/runner/shard.js";
import type { LoadedSuite } from "../../src/suite/load.js";

/** Points of two tables by turns, as a matrix expands them. */
function suiteOf(count: number): LoadedSuite {
  const points = Array.from({ length: count }, (_, index) => ({
    id: createHash("sha256").update(String(index)).digest("hex").slice(0, 12),
    params: { table: index % 2 === 0 ? "cuckoo" : "chaining", size: index },
    resolved: {},
    warmupSeconds: 0,
    durationSeconds: 1,
  }));
  return { name: "sample", points } as unknown as LoadedSuite;
}

function parts(suite: LoadedSuite, total: number) {
  return Array.from({ length: total }, (_, index) => shardOf(suite, { index: index + 1, total }).points);
}

describe("shards of a suite", () => {
  it.each([1, 2, 3, 8, 13])("of %i have every point once, and differ by one at most", (total) => {
    const suite = suiteOf(13);
    const ids = parts(suite, total).map((points) => points.map(({ id }) => id));
    expect(ids.flat().sort()).toEqual(suite.points.map(({ id }) => id).sort());
    const sizes = ids.map(({ length }) => length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  it("keep the order of the suite, and are the same whatever that order is", () => {
    const suite = suiteOf(20);
    const reversed = { ...suite, points: suite.points.toReversed() };
    const [first] = parts(suite, 3);
    expect(first?.map(({ params }) => params["size"])).toEqual(
      first?.map(({ params }) => params["size"]).toSorted((a, b) => Number(a) - Number(b)),
    );
    expect(parts(reversed, 3)[0]).toEqual(first?.toReversed());
  });

  it("do not give one value of an axis to one shard alone", () => {
    for (const points of parts(suiteOf(20), 2))
      expect(new Set(points.map(({ params }) => params["table"])).size).toBe(2);
  });

  it("are no more than there are points", () => {
    expect(() => shardOf(suiteOf(4), { index: 1, total: 5 })).toThrow(/the suite has 4 points/);
  });
});
