import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { load, refusal } from "./sample.js";

const BODY = [
  "with: { table: cuckoo }",
  "traffic: { profile: campus, flows: 1M, rate: max }",
  "matrix:",
  "  table: [cuckoo, hopscotch]",
  "  traffic.flows: { log2: [64Ki, 4Mi] }",
  "repeat: { min: 5, max: 20, until: { metric: forwarding_rate, ci95: 2% } }",
  "tags:",
  "  small: { matrix: { traffic.flows: [64Ki] }, repeat: { min: 3, max: 5 } }",
  "  one: { matrix: { traffic.flows: null, table: null }, trial: { duration: 1s }, repeat: { until: null } }",
  "",
].join("\n");

const params = async (options: Parameters<typeof load>[1], body = BODY) =>
  (await load(body, options)).points.map((point) => point.params);

describe("--tag", () => {
  it("replaces axes and merges the rest", async () => {
    const suite = await load(BODY, { tags: ["small"] });
    expect(suite.points.map((point) => point.params)).toEqual([
      { table: "cuckoo", "traffic.flows": 65_536 },
      { table: "hopscotch", "traffic.flows": 65_536 },
    ]);
    expect(suite.repeat).toEqual({ min: 3, max: 5, until: { metric: "forwarding_rate", ci95: 0.02 } });
    expect(suite.tags).toEqual(["small", "one"]);
    expect(suite.resolved).toMatchObject({ matrix: { "traffic.flows": ["64Ki"] }, repeat: { min: 3 } });
    expect(suite.resolved).not.toHaveProperty("tags");
  });

  it("drops what it sets to null", async () => {
    const suite = await load(BODY, { tags: ["one"] });
    expect(suite.points).toMatchObject([{ params: {}, durationSeconds: 1, resolved: { traffic: { flows: 1e6 } } }]);
    expect(suite.repeat).toEqual({ min: 5, max: 5 });
  });

  it("may be several, the last wins", async () => {
    const suite = await load(BODY, { tags: ["one", "small"] });
    expect(suite.points.map((point) => point.params)).toEqual([{ "traffic.flows": 65_536 }]);
  });

  it("must be one of the suite's", async () => {
    const error = await refusal(BODY, { tags: ["smal"] });
    expect(error).toMatchObject({ code: "SUITE_TAG_UNKNOWN", hint: "It has: small, one" });
    expect(error.message).toBe("suite.yaml has no tag 'smal'; did you mean 'small'?");
    expect((await refusal("with: { table: cuckoo }\n", { tags: ["small"] })).hint).toBe("It has no 'tags' at all.");
  });
});

describe("--set", () => {
  it.each([
    [["table=[cuckoo]", "traffic.flows=64Ki"], [{ table: "cuckoo", "traffic.flows": 65_536 }]],
    [["with.table=hopscotch", "traffic.flows=1k"], [{ table: "hopscotch", "traffic.flows": 1000 }]],
    [
      ["matrix.traffic.flows=[1, 2]", "matrix.table=[cuckoo]"],
      [
        { table: "cuckoo", "traffic.flows": 1 },
        { table: "cuckoo", "traffic.flows": 2 },
      ],
    ],
    [
      ["traffic.flows={log10: [10, 100]}", "table=cuckoo"],
      [
        { table: "cuckoo", "traffic.flows": 10 },
        { table: "cuckoo", "traffic.flows": 100 },
      ],
    ],
    [["matrix={}"], [{}]],
    [
      ["table=[cuckoo]", "traffic.flows=1", "matrix.cores=[1,2]"],
      [
        { table: "cuckoo", "traffic.flows": 1, cores: 1 },
        { table: "cuckoo", "traffic.flows": 1, cores: 2 },
      ],
    ],
  ])("%s sets axes", async (set, expected) => {
    expect(await params({ set })).toEqual(expected);
  });

  it("sets parameters, traffic, trial, repeat, seed and order", async () => {
    const set = [
      "capacity=2M",
      "traffic.rate=5kpps",
      "trial.duration=1s",
      "repeat.min=2",
      "seed=9",
      "order=sequential",
    ];
    const suite = await load(BODY, { tags: ["small"], set });
    expect(suite).toMatchObject({ seed: 9, order: "sequential", repeat: { min: 2, max: 5 } });
    expect(suite.points[0]).toMatchObject({
      durationSeconds: 1,
      warmupSeconds: 0.5,
      resolved: { capacity: 2_000_000, traffic: { rate: 5000 } },
    });
    expect(suite.resolved).toMatchObject({ with: { table: "cuckoo", capacity: "2M" }, seed: 9 });
  });

  it.each([
    ["capasity=1", "--set capasity=1: unknown key 'capasity'; did you mean 'capacity'?"],
    ["repeet.min=1", "--set repeet.min=1: unknown key 'repeet'"],
    ["repeat.mni=1", "--set repeat.mni=1: repeat: unknown key 'mni'; did you mean 'min'?"],
    ["traffic.flwos=1", "--set traffic.flwos=1: traffic: unknown key 'flwos'; did you mean 'flows'?"],
    ["trial.duration=soon", "--set trial.duration=soon: trial.duration: 'soon' is not a duration"],
    ["sed=1", "--set sed=1: unknown key 'sed'; did you mean 'seed'?"],
    ["capacity", "--set capacity: write it as key=value"],
    ["=5", "--set =5: write it as key=value"],
    ["a..b=5", "--set a..b=5: write it as key=value"],
    ["cores=[1", "--set cores=[1: not valid YAML: Flow sequence must end with a ]"],
    ["cores=", "--set cores=: cores: '' is not a number"],
    ["table=hopscoch", "--set table=hopscoch: table: 'hopscoch' is not one of"],
    ["matrix.colour=[1]", "--set matrix.colour=[1]: unknown key 'colour'"],
  ])("%s is refused with its own text as place", async (text, message) => {
    expect((await refusal(BODY, { set: [text] })).message).toContain(message);
  });

  it("does not lose against an axis of maps in silence", async () => {
    const body =
      "with: { table: cuckoo }\nmatrix: { traffic: [{ profile: campus, flows: 1 }, { profile: zipf, flows: 2 }] }\n";
    expect((await refusal(body, { set: ["traffic.flows=9"] })).message).toBe(
      "--set traffic.flows=9: the axis 'traffic' of the matrix sets it for each point; replace that: --set matrix.traffic=[…]",
    );
    expect(await params({ set: ["traffic={ profile: zipf, flows: 3 }"] }, body)).toEqual([
      { "traffic.profile": "zipf", "traffic.flows": 3 },
    ]);
    expect(await params({ set: ["traffic.rate=1kpps"] }, body)).toHaveLength(2);
  });

  it("takes a capture from the current folder, not from the suite's", async () => {
    const folder = join(mkdtempSync(join(tmpdir(), "nicbench-set-")), "here");
    mkdirSync(folder);
    writeFileSync(join(folder, "y.pcap"), "");
    const given = relative(process.cwd(), join(folder, "y.pcap"));
    const suite = await load("with: { table: cuckoo }\n", { set: [`traffic.pcap=${given}`] });
    expect(suite.points).toMatchObject([{ resolved: { traffic: { pcap: join(folder, "y.pcap") } } }]);
  });
});
