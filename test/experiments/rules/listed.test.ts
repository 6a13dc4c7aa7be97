/** Suites whose rules are listed: in a file beside them, or as a filter set. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { paramsSchemas } from "../../../src/agent/params_schemas.js";
import { resultSchemas } from "../../../src/agent/result_schemas.js";
import { experiments } from "../../../src/experiments/registry.js";
import { occupancyParameters, rulesOccupancy } from "../../../src/experiments/rules/occupancy.js";
import { rulesRate } from "../../../src/experiments/rules/rate.js";
import { rateParameters } from "../../../src/experiments/rules/rate_parameters.js";
import { outcomeOf, trialConfig } from "../../../src/experiments/rules/trial.js";
import { loadSuite } from "../../../src/suite/load.js";
import { FACTS } from "../../results/sample.js";
import { NATIVE } from "../conntrack_sample.js";
import { counts, problems, result } from "./sample.js";

let folder: string;
const RULE = "flow create 0 ingress pattern eth / ipv4 src is 10.0.0.1 / end actions queue index 1 / end";
const TTL = "flow create 0 ingress pattern eth / ipv4 ttl is 7 / end actions queue index 1 / end";
const FACTS_OF_ALL = { ...FACTS, classifiers: { ovs: "3.1.0", nftables: "1.0.6" } };
const HOSTS = { native: NATIVE, facts: FACTS_OF_ALL, roles: {} };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nicbench-listed-"));
  mkdirSync(join(folder, "suite"));
  writeFileSync(join(folder, "outside.rules"), RULE);
  symlinkSync("../outside.rules", join(folder, "suite/link.rules"));
  writeFileSync(join(folder, "suite/good.rules"), `# one\n${RULE}\n`);
  writeFileSync(join(folder, "suite/ttl.rules"), [RULE, TTL].join("\n"));
  writeFileSync(join(folder, "suite/bad.rules"), [RULE, RULE.replace("ipv4", "ipx")].join("\n"));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function load(rules: string, more = "") {
  const file = join(folder, "suite/suite.yaml");
  writeFileSync(file, `nicbench: 1\nname: sample\nexperiment: rules.occupancy\nwith: { rules: ${rules} }\n${more}`);
  return loadSuite(file, { experiments });
}

describe("a suite with a file of rules", () => {
  it("is loaded with the file's path, and its points are the same wherever it lies", async () => {
    const { points } = await load("good.rules");
    expect(points[0]?.resolved).toMatchObject({ rules: join(folder, "suite/good.rules") });
    const before = points[0]?.id;
    const other = mkdtempSync(join(tmpdir(), "nicbench-listed-"));
    writeFileSync(join(other, "good.rules"), RULE);
    writeFileSync(
      join(other, "s.yaml"),
      "nicbench: 1\nname: sample\nexperiment: rules.occupancy\nwith: { rules: good.rules }\n",
    );
    const moved = await loadSuite(join(other, "s.yaml"), { experiments });
    rmSync(other, { recursive: true });
    expect(moved.points[0]?.id).toBe(before);
  });

  it("can sweep files and numbers, and replay a capture as well", async () => {
    writeFileSync(join(folder, "suite/x.pcap"), "");
    const { points } = await load("100", "traffic: { pcap: x.pcap }\nmatrix: { rules: [good.rules, 1k] }\n");
    expect(points.map(({ params }) => params)).toEqual([{ rules: "good.rules" }, { rules: 1000 }]);
    expect(points[0]?.resolved).toMatchObject({ traffic: { pcap: join(folder, "suite/x.pcap") } });
  });

  it.each([
    ["none.rules", "suite.yaml:4:16: rules: 'none.rules' does not exist"],
    ["../outside.rules", "suite.yaml:4:16: rules: '../outside.rules' is outside the suite's folder; copy it there"],
    ["link.rules", "rules: 'link.rules' is outside the suite's folder"],
    ["bad.rules", "bad.rules:2:37: pattern: 'ipx' where one of"],
    ["lots", "or name a file of rules such as acl.rules"],
  ])("is refused for %s, with the place", async (rules, words) => {
    await expect(load(rules)).rejects.toMatchObject({
      code: "SUITE_INVALID",
      message: expect.stringContaining(words) as string,
    });
  });
});

describe("a point with listed rules", () => {
  it("says where they come from, and how many there are", () => {
    const file = join(folder, "suite/good.rules");
    const context = { seed: 7, warmupSeconds: 0.1, durationSeconds: 1, roles: {} };
    const config = trialConfig({ ...context, point: occupancyParameters.parse({ rules: file }) }, "max");
    expect(config.ruleSet).toMatchObject({ rules: 1, source: { rulesFile: file } });
    expect(paramsSchemas["rules.run"].parse(config)).toEqual(config);
    const drawn = occupancyParameters.parse({ rules: "1k", filter_set: "acl", classifier: "nftables" });
    const set = trialConfig({ ...context, point: drawn }, "max");
    expect(set.ruleSet).toMatchObject({ rules: 1000, seed: 7, source: { filterSet: "acl" } });
    expect(set.classifier).toEqual({ name: "nftables", nftablesForm: "rules" });
    expect(occupancyParameters.parse(JSON.parse(JSON.stringify(drawn)))).toEqual(drawn);
  });

  it("cannot say what the list says itself, nor what its frames have", () => {
    const of = (input: object) => problems(occupancyParameters, { rules: 100, filter_set: "fw", ...input });
    expect(of({})).toEqual([]);
    expect(of({ match_share: "50%", traffic: { profile: "uniform", flows: 100, rate: "5Mpps" } })).toEqual([]);
    expect(of({ tables: 2, match: "eth", actions: "drop", masks: 2 })).toEqual(
      ["tables", "match", "actions", "masks"].map(
        (key) => expect.stringContaining(`${key}: has no effect on listed`) as string,
      ),
    );
    expect(of({ rules: 0 })).toEqual(["rules: must be above 0 for a filter set"]);
    expect(of({ rules: "1M" })[0]).toContain("rules: must be at most 131072 of a filter set");
    expect(of({ rules: "x.rules" })).toEqual([expect.stringContaining("filter_set: has no effect with a file")]);
    const traffic = { profile: "uniform", new_flows: "1kfps", frame_size: [64, 128] };
    expect(of({ match_share: "1%", traffic })).toEqual([
      expect.stringContaining("traffic.frame_size: must be one size"),
      expect.stringContaining("traffic.new_flows: has no effect on frames that are made for listed rules"),
    ]);
    expect(of({ match_share: "1%", traffic: { profile: "campus" } })[0]).toContain("traffic.profile: must be uniform");
    expect(of({ match_share: "1%", traffic: { pcap: "x.pcap" } })[0]).toContain("match_share: is for frames that");
  });

  it("is skipped where the classifier has no words for a rule, which is named with its line", () => {
    const file = join(folder, "suite/ttl.rules");
    const why = (classifier: string): string | undefined =>
      rulesOccupancy.cannotRun(occupancyParameters.parse({ rules: file, classifier }), HOSTS);
    expect(why("softnic")).toBe(`${file}:2: The software NIC has no field for ipv4.ttl.`);
    const changes = rateParameters.parse({ rules: file, classifier: "ovs", operations: 1 });
    expect(rulesRate.cannotRun(changes, HOSTS)).toBeUndefined();
  });

  it("is skipped where changes would change what the rules mean", () => {
    const why = (input: object): string | undefined =>
      rulesRate.cannotRun(
        rateParameters.parse({ rules: 100, filter_set: "acl", classifier: "nftables", ...input }),
        HOSTS,
      );
    expect(why({})).toContain("no verdict maps of listed rules in nftables; use nftables_form: rules");
    expect(why({ nftables_form: "rules" })).toBeUndefined();
    expect(why({ nftables_form: "rules", operation: "replace" })).toContain("comes last, which is another priority");
  });

  it("says how many entries the classifier had for them, and fails if frames that were made for them went past", () => {
    const context = { seed: 7, warmupSeconds: 0.1, durationSeconds: 1, roles: {} };
    const point = occupancyParameters.parse({ rules: 100, filter_set: "fw", match_share: "100%" });
    const config = trialConfig({ ...context, point }, "max");
    const of = (defaultFrames: number) => {
      const rules = counts({ matchedFrames: 1000, defaultFrames, list: { rules: 100, entries: 250 } });
      expect(resultSchemas["rules.run"].parse(result({ rules })).rules).toEqual(rules);
      return outcomeOf(config, result({ rules }));
    };
    expect(of(0)).toMatchObject({
      status: "ok",
      metrics: { entries_per_rule: 2.5, matched_share: 1 },
      notes: { "rules listed": 100, "entries for them": 250 },
    });
    expect(of(3)).toMatchObject({ status: "failed", flags: ["wrong-match"] });
  });
});
