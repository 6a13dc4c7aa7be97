/** Trials of listed rules: in the software NIC, and in the other classifiers of this machine. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listedRules, prepareList } from "../../../src/agent/classifiers/listed/list.js";
import { unsupportedRule } from "../../../src/agent/classifiers/listed/supported.js";
import { canBeMatched, captureOf, traceOf } from "../../../src/agent/classifiers/listed/trace.js";
import { openSoftnic } from "../../../src/agent/classifiers/softnic/softnic.js";
import { ruleRateTrial, rulesTrial } from "../../../src/agent/classifiers/trials.js";
import { sha256 } from "../../../src/digest.js";
import { loadAddon } from "../../../src/native/addon.js";
import { FILTER_SETS } from "../../../src/rules/filter_sets/profiles.js";
import { parseRule } from "../../../src/rules/parse.js";
import { NEVER, rateTrial, ruleSet, versionOf } from "./sample.js";
import type { ClassifierChoice, RulesTrialConfig } from "../../../src/agent/protocol.js";
import type { Rule } from "../../../src/rules/rule.js";

const addon = loadAddon();

type Name = "softnic" | "nftables" | "ovs";

function choiceOf(name: Name): ClassifierChoice | undefined {
  if (name === "softnic") return undefined;
  return name === "nftables" ? { name, nftablesForm: "rules" } : { name };
}

const whyNot = (name: Name): string => (name === "softnic" ? "" : versionOf({ name }));

function ruleOf(text: string): Rule {
  const parsed = parseRule(`flow create 0 ingress ${text} / end`, { source: "", number: 1 });
  if ("problem" in parsed) throw new Error(parsed.problem.message);
  return parsed.rule;
}

const matching = (pattern: string, attributes = "", actions = "queue index 1"): Rule =>
  ruleOf(`${attributes} pattern ${pattern} / end actions count / ${actions}`);

function trial(name: Name, changes: Partial<RulesTrialConfig>) {
  const config: RulesTrialConfig = {
    ...{ traffic: { profile: "uniform", flows: 300, rate: "max", seed: 1, frameSize: 64 } },
    ...{ wire: name === "softnic" ? "ring" : "af_packet", window: 64, warmupSeconds: 0.02, durationSeconds: 0.1 },
    ...{ probeEvery: 8, ringSize: 1024, burst: 32, generatorCpu: -1, dutCpu: -1, controlCpu: -1, flowCache: true },
    ...{ seriesIntervalSeconds: 0, ruleSet: ruleSet() },
    ...changes,
  };
  return rulesTrial(config, choiceOf(name), addon, NEVER);
}

let folder: string;
let rulesFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nicbench-listed-"));
  rulesFile = join(folder, "ports.rules");
  const lines = Array.from(
    { length: 40 },
    (_, i) =>
      `flow create 0 ingress priority ${i} pattern eth / ipv4 src is 10.0.0.${i} / tcp dst spec ${i} dst last 1000 / end actions queue index 4 / end`,
  );
  await writeFile(rulesFile, lines.join("\n"));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe.each<Name>(["softnic", "nftables", "ovs"])("listed rules in %s", (name) => {
  describe.skipIf(whyNot(name).startsWith("unavailable"))(`of this machine (${whyNot(name)})`, () => {
    it("take every frame that was made for one of them", async () => {
      const list = ruleSet({ rules: 100, matchShare: 1, source: { filterSet: "fw" } });
      const { frames, rules, probesReceived } = await trial(name, { ruleSet: list });
      expect(frames.received).toBeGreaterThan(0);
      expect(rules.defaultFrames).toBe(0);
      expect(rules.matchedFrames).toBeGreaterThan(0);
      expect(probesReceived).toBeGreaterThan(0);
      expect(rules.list?.rules).toBe(100);
      if (name === "nftables") expect(rules.list?.entries).toBe(100);
      else expect(rules.list?.entries).toBeGreaterThan(110);
    });

    it("of a file are there, and change", async () => {
      const list = ruleSet({ source: { rulesFile } });
      for (const operation of ["insert", "delete"] as const) {
        const config = rateTrial({ ruleSet: list, operation, operations: 8, batch: 4, seconds: 0.02 });
        const result = await ruleRateTrial(config, choiceOf(name), () => addon, NEVER);
        expect(result).toMatchObject({ refused: 0, wrong: 0, list: { rules: 40 } });
        expect(result.operations).toBeGreaterThan(0);
      }
    });

    it("come in the middle of a trial: the last of the list", async () => {
      const list = ruleSet({ rules: 60, matchShare: 1, source: { filterSet: "acl" } });
      const storm = { kind: "batch", operation: "insert", size: 20, at: 0.02, rate: 0, core: "same" } as const;
      const { rules, storm: counts } = await trial(name, { ruleSet: list, storm });
      expect(counts).toMatchObject({ intended: 20, done: 20, refused: 0 });
      expect(rules.matchedFrames).toBeGreaterThan(0);
    });
  });
});

describe("listed rules", () => {
  it("are updated and replaced in the software NIC, and do then what they say", async () => {
    const list = ruleSet({ rules: 200, source: { filterSet: "ipc" } });
    for (const operation of ["update", "replace"] as const) {
      const config = rateTrial({ ruleSet: list, operation, operations: 300, seconds: 0.02 });
      const result = await ruleRateTrial(config, undefined, () => addon, NEVER);
      expect(result).toMatchObject({ refused: 0, wrong: 0 });
    }
  });

  it("must be more than are inserted", async () => {
    const config = rateTrial({ ruleSet: ruleSet({ source: { rulesFile } }), operations: 10_000 });
    await expect(ruleRateTrial(config, undefined, () => addon, NEVER)).rejects.toMatchObject({ code: "RULES_FEW" });
  });

  it("that a classifier has no words for are told", () => {
    const softnic = (rule: Rule): string | undefined => unsupportedRule(rule, "softnic");
    expect(softnic(matching("eth / ipv4 src is 10.0.0.1"))).toBeUndefined();
    expect(softnic(matching("eth / ipv4 ttl is 7"))).toBe("The software NIC has no field for ipv4.ttl.");
    expect(softnic(matching("eth / ipv4 / udp dst spec 1 dst last 9"))).toContain("range for udp.dst");
    expect(softnic(matching("eth / ipv4 / ipv4"))).toContain("second header such as ipv4");
    expect(softnic(matching("mark id is 1 / eth"))).toContain("match for mark");
    expect(softnic(matching("eth", "", "rss queues 0 1 end"))).toContain("rss");
    expect(softnic(matching("eth", "", "set_mac_dst mac_addr 02:00:00:00:00:01 / queue index 0"))).toContain(
      "set_mac_dst",
    );
    expect(softnic(matching("eth", "group 300"))).toContain("its groups are 0 to 255");
    expect(softnic(matching("eth", "group 3", "jump group 2"))).toContain("jump from group 3 to 2");
    expect(softnic(matching("eth", "egress"))).toContain("rules of ingress only");
    expect(unsupportedRule(matching("eth", "group 1"), "ovs")).toContain("group 0 only");
    expect(unsupportedRule(matching("eth", "priority 40000"), "ovs")).toContain("priority 40000");
  });

  it("with ranges are as many entries as prefixes are needed, but for those that a stronger one hides", () => {
    const ports = (range: string, priority: number) => ({
      rule: matching(`eth / ipv4 / udp dst ${range}`, `priority ${priority}`),
    });
    const list = [ports("spec 2048 dst last 4095", 1), ports("spec 1024 dst last 65535", 0)];
    const { entries, counts } = prepareList(list, "softnic");
    expect(counts).toEqual({ rules: 2, entries: 6 });
    expect(entries.map(({ priority }) => priority)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(prepareList(list, "nftables").counts).toEqual({ rules: 2, entries: 2 });
  });
});

describe("frames for listed rules", () => {
  const OPTIONS = { frames: 400, share: 1, bytes: 64, seed: 3 };

  it.each([
    ...FILTER_SETS.map((name) => [name, listedRules({ filterSet: name }, 60, 1).map(({ rule }) => rule)] as const),
    [
      "other headers",
      [
        matching("eth type is 0x88cc"),
        matching("eth / vlan vid is 7"),
        matching("ipv6 dst spec fd00:: dst prefix 16 / tcp src is 7"),
        matching("eth / ipv4 / udp / vxlan vni is 7 / eth / ipv4 src is 10.0.0.1"),
        matching("eth / ipv4 / udp / geneve vni is 9"),
        matching("eth / ipv4 / gre / ipv4 / udp dst is 9"),
        matching("eth / ipv4 / icmp"),
      ],
    ] as const,
  ])("are such that each rule takes one that no other rule is asked for: %s", async (_, rules) => {
    for (const rule of rules) {
      const { entries } = prepareList([{ rule: { ...rule, actions: matching("eth").actions } }], "softnic");
      const classifier = openSoftnic(addon, 1000);
      await classifier.prepare([{ kind: "insert", entries: entries.map((entry, id) => ({ id, rule: entry })) }])();
      await classifier.send(traceOf([rule], { ...OPTIONS, frames: 3 }));
      const hits = (await classifier.listed()).reduce((sum, { frames = 0 }) => sum + frames, 0);
      expect(hits).toBe(3);
    }
  });

  it("are the same for the same seed, and in another order for another", () => {
    const rules = listedRules({ filterSet: "acl" }, 50, 1).map(({ rule }) => rule);
    const digest = (seed: number): string => sha256(captureOf(traceOf(rules, { ...OPTIONS, seed })));
    expect(digest(3)).toBe(digest(3));
    expect(digest(4)).not.toBe(digest(3));
  });

  it("are as long as was asked for, and longer only where a probe needs it", () => {
    const lengths = (bytes: number): readonly number[] =>
      traceOf([matching("eth / ipv4 / tcp")], { ...OPTIONS, bytes }).map(({ length }) => length);
    expect(new Set(lengths(128))).toEqual(new Set([124]));
    expect(new Set(lengths(64))).toEqual(new Set([14 + 20 + 20 + 16]));
  });

  it("are not made for rules whose fields the generator's frames cannot have", () => {
    expect(canBeMatched(matching("eth dst is 02:00:00:00:00:01"))).toBe(false);
    expect(canBeMatched(matching("eth", "group 1"))).toBe(false);
    expect(canBeMatched(matching("eth", "", "jump group 1"))).toBe(false);
    expect(canBeMatched(matching("eth / ipv4 / udp / vxlan / eth dst is 02:00:00:00:00:01"))).toBe(true);
    expect(() => traceOf([matching("meta data is 1 / eth")], OPTIONS)).toThrow(
      expect.objectContaining({ code: "RULES_TRACE" }) as Error,
    );
  });
});
