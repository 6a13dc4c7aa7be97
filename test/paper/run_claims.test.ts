import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimVerdicts, judgeRun, tablesByName } from "../../src/paper/run_claims.js";
import { sampleManifest } from "../results/sample.js";
import { point } from "./run.js";
import type { RunManifest, Summary } from "../../src/results/model.js";

const summary: Summary = {
  schema: 1,
  run: "r",
  suite: "s",
  testbed: "local",
  seed: 1,
  outcome: "complete",
  trials: { ok: 16, suspect: 0, failed: 0, skipped: 0 },
  points: [point({ table: "cuckoo" }, { link_rate: 45e9 }), point({ table: "chaining-stl" }, { link_rate: 37e9 })],
  claims: [],
};

function manifestWith(claims: unknown): RunManifest {
  const manifest = sampleManifest();
  return { ...manifest, points: [], suite: { ...manifest.suite, resolved: { name: "s", claims } } };
}

const published = {
  published: {
    metric: "link_rate",
    along: "table",
    series: "hpsr21/single_thread",
    same_order: true,
    pick: { x: "CAIDA", variant: "fastclick 8d714b3" },
  },
};

describe("the claims of a run", () => {
  it("are those of the suite as the run resolved it, in their order", async () => {
    const ratio = (at_least: number) => ({
      ratio: { metric: "link_rate", of: { table: "cuckoo" }, to: { table: "chaining-stl" }, at_least },
    });
    const manifest = manifestWith([
      { id: "a", says: "A.", expect: ratio(1.1) },
      { id: "b", says: "B.", expect: ratio(2) },
    ]);
    expect((await judgeRun(manifest, summary)).map(({ id, verdict }) => [id, verdict])).toEqual([
      ["a", "confirmed"],
      ["b", "refuted"],
    ]);
    const [first] = await claimVerdicts(manifest, summary);
    expect(Object.keys(first ?? {})).toEqual(["id", "verdict", "evidence"]);
  });

  it("are none where the suite has none, or is not known", async () => {
    expect(await judgeRun(manifestWith(undefined), summary)).toEqual([]);
    expect(await judgeRun({ ...sampleManifest(), points: [] }, summary)).toEqual([]);
  });

  it("are compared with the published tables that they name", async () => {
    const [claim] = await judgeRun(manifestWith([{ id: "p", says: "P.", expect: published }]), summary);
    expect(claim).toMatchObject({ id: "p", verdict: "confirmed" });
    expect(claim?.evidence).toContain("order of 2 values as published");
  });
});

describe("published tables that cannot be read", () => {
  let root = "";

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "nicbench-reference-"));
    await mkdir(join(root, "hpsr21"));
    await writeFile(join(root, "hpsr21", "single_thread.csv"), "figure,series\n1,2\n");
  });

  afterAll(async () => {
    await rm(root, { recursive: true });
  });

  it("are left out, and the claims that need them are not testable", async () => {
    expect([...(await tablesByName(["hpsr21/single_thread", "none/none"], root)).keys()]).toEqual([]);
    const [claim] = await judgeRun(manifestWith([{ id: "p", says: "P.", expect: published }]), summary, root);
    expect(claim).toMatchObject({ verdict: "not testable here" });
    expect(claim?.evidence).toContain("hpsr21/single_thread is not at hand");
  });
});
