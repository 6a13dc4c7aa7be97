import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadSuite } from "../../src/suite/load.js";
import { experiments, load, refusal, writeSuite } from "./sample.js";

const FIXED = "with: { table: cuckoo }\ntraffic: { profile: campus, flows: 1M, rate: max }\n";

describe("loadSuite", () => {
  it("turns a suite into points with swept parameters in base units", async () => {
    const suite = await load(
      `${FIXED}matrix:\n  table: [cuckoo, chaining-stl]\n  traffic.flows: { log2: [64Ki, 128Ki] }\n  trial.duration: [500ms]\n` +
        "trial: { warmup: 250ms, duration: 2s }\nseed: 7\norder: sequential\n",
    );
    expect(suite).toMatchObject({
      name: "sample",
      title: "sample",
      experiment: "conntrack",
      seed: 7,
      order: "sequential",
    });
    expect(suite.points).toHaveLength(4);
    expect(suite.points[1]).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{12}$/),
      params: { table: "cuckoo", "traffic.flows": 131_072, "trial.duration": 0.5 },
      resolved: {
        table: "cuckoo",
        capacity: 1_000_000,
        cores: 1,
        traffic: { profile: "campus", flows: 131_072, rate: "max" },
      },
      warmupSeconds: 0.25,
      durationSeconds: 0.5,
    });
    expect(Object.keys(suite.points[0]?.params ?? {})).toEqual(["table", "traffic.flows", "trial.duration"]);
  });

  it("has one point and sensible defaults without matrix, trial and repeat", async () => {
    const suite = await load(FIXED);
    expect(suite.points).toMatchObject([{ params: {}, warmupSeconds: 0.5, durationSeconds: 2 }]);
    expect(suite).toMatchObject({
      repeat: { min: 5, max: 5 },
      order: "interleaved",
      plots: [],
      claims: [],
      gate: [],
      tags: [],
    });
    expect(suite.seed).toBeUndefined();
    expect(suite.warnings).toEqual([]);
  });

  it("keeps 'max' as a rate and turns a rate with unit into frames per second", async () => {
    const suite = await load(`${FIXED}matrix: { traffic.rate: [max, 500kpps] }\n`);
    expect(suite.points.map(({ params }) => params)).toEqual([{ "traffic.rate": "max" }, { "traffic.rate": 500_000 }]);
  });

  it("carries plots, claims and gate along, with filters and shares in base units", async () => {
    const suite = await load(
      `${FIXED}matrix: { traffic.flows: [64Ki, 1M] }\n` +
        "plots:\n  - { title: Rate, mark: bar, x: traffic.flows, y: forwarding_rate, where: { traffic.flows: 64Ki }, reference: a/b }\n" +
        "  - { title: Tail, mark: percentiles, color: table }\n" +
        "claims:\n  - { id: C1, says: It is fast., expect: { metric: forwarding_rate, above: 1Mpps } }\n" +
        "gate:\n  - { metric: forwarding_rate, worse_by: 3%, where: { traffic.flows: 1M } }\n",
    );
    expect(suite.plots[0]).toMatchObject({ where: { "traffic.flows": 65_536 }, reference: "a/b" });
    expect(suite.claims).toEqual([
      { id: "C1", says: "It is fast.", expect: { metric: "forwarding_rate", above: "1Mpps" } },
    ]);
    expect(suite.gate).toEqual([
      { metric: "forwarding_rate", worseBy: 0.03, confidence: 0.99, where: { "traffic.flows": 1_000_000 } },
    ]);
  });

  it("lets a chart show a group of parameters, such as profiles beside captures", async () => {
    const plot = "{ title: Rate, mark: bar, x: traffic, y: forwarding_rate, color: table }";
    const suite = await load(`${FIXED}matrix: { traffic: [{ flows: 64Ki }, { flows: 1M }] }\nplots: [${plot}]\n`);
    expect(suite.plots[0]).toMatchObject({ x: "traffic" });
  });

  it("knows how often to repeat", async () => {
    const repeat = async (text: string) => (await load(`${FIXED}repeat: ${text}\n`)).repeat;
    expect(await repeat("{ min: 3, max: 8, until: { metric: forwarding_rate, ci95: 2% } }")).toEqual({
      min: 3,
      max: 8,
      until: { metric: "forwarding_rate", ci95: 0.02 },
    });
    expect(await repeat("{ until: { metric: forwarding_rate, ci95: 5% } }")).toMatchObject({ min: 5, max: 20 });
    expect(await repeat("{ max: 3 }")).toEqual({ min: 3, max: 3 });
    const { repeat: rule, warnings } = await load(`${FIXED}repeat: { min: 3, max: 9 }\n`);
    expect(rule).toEqual({ min: 3, max: 3 });
    expect(warnings).toEqual([expect.stringContaining("repeat.max has no effect without repeat.until")]);
  });
});

describe("points", () => {
  it("have ids that depend on what is measured and on nothing else", async () => {
    const ids = async (body: string): Promise<readonly string[]> => (await load(body)).points.map(({ id }) => id);
    const swept = await ids(`${FIXED}matrix: { table: [cuckoo, hopscotch] }\n`);
    expect(await ids(`${FIXED}matrix: { table: [hopscotch, cuckoo] }\nseed: 3\ntitle: Other\n`)).toEqual(
      [...swept].reverse(),
    );
    expect(await ids(FIXED)).toEqual([swept[0]]);
    expect(await ids(FIXED.replace("1M", "1000k"))).toEqual([swept[0]]);
    expect(await ids(FIXED.replace("1M", "2M"))).not.toEqual([swept[0]]);
    expect(await ids(`${FIXED}trial: { duration: 3s }\n`)).not.toEqual([swept[0]]);
  });

  it("that repeat another are merged with a warning", async () => {
    const suite = await load(`${FIXED}matrix: { traffic.flows: [64Ki, 65536, 1M] }\n`);
    expect(suite.points.map(({ params }) => params["traffic.flows"])).toEqual([65_536, 1_000_000]);
    expect(suite.warnings).toEqual(["1 point repeats another and was merged: traffic.flows=65536"]);
  });

  it("expand 10,000 at a time, all different", { timeout: 60_000 }, async () => {
    const suite = await load(
      `${FIXED}matrix:\n  cores: { from: 1, to: 100, step: 1 }\n  traffic.flows: { from: 1, to: 100, step: 1 }\n`,
    );
    expect(new Set(suite.points.map(({ id }) => id)).size).toBe(10_000);
  });
});

describe("captures", () => {
  it("are found from the suite's folder, and identified by what is written", async () => {
    const body =
      "with: { table: cuckoo }\nmatrix:\n  traffic: [{ profile: campus, flows: 64Ki }, { pcap: sub/x.pcap }]\n";
    const files = [writeSuite(body), writeSuite(body)];
    for (const file of files) {
      mkdirSync(join(dirname(file), "sub"));
      writeFileSync(join(dirname(file), "sub/x.pcap"), "");
    }
    const [one, two] = await Promise.all(files.map((file) => loadSuite(file, { experiments })));
    expect(one?.points[1]).toMatchObject({
      params: { "traffic.pcap": "sub/x.pcap" },
      resolved: { traffic: { pcap: join(dirname(files[0] ?? ""), "sub/x.pcap"), rate: "max" } },
    });
    expect(one?.points.map(({ id }) => id)).toEqual(two?.points.map(({ id }) => id));
  });

  it("that give their sizes are found and identified alike", async () => {
    const file = writeSuite("with: { table: cuckoo }\nmatrix:\n  traffic: [{ frame_size: { pcap: x.pcap } }]\n");
    writeFileSync(join(dirname(file), "x.pcap"), "");
    const { points } = await loadSuite(file, { experiments });
    expect(points).toMatchObject([
      {
        params: { "traffic.frame_size.pcap": "x.pcap" },
        resolved: { traffic: { frame_size: { pcap: join(dirname(file), "x.pcap") } } },
      },
    ]);
    const { message } = await refusal("with: { table: cuckoo }\ntraffic: { frame_size: { pcap: gone.pcap } }\n");
    expect(message).toContain("traffic.frame_size.pcap: 'gone.pcap' does not exist");
  });

  it("that are missing are told where they are named, once", async () => {
    const { message } = await refusal(
      "with: { table: cuckoo }\ntraffic: { pcap: gone.pcap }\nmatrix: { cores: [1, 2, 3] }\n",
    );
    expect(message).toMatch(
      /^suite.yaml:5:18: traffic.pcap: 'gone.pcap' does not exist \(looked for \/.*\/gone.pcap\)$/,
    );
  });

  it("that are folders are refused", async () => {
    const { message } = await refusal("with: { table: cuckoo }\ntraffic: { pcap: . }\n");
    expect(message).toContain("traffic.pcap: '.' is not a file");
  });
});
