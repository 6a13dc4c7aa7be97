/** The experiment `rules.occupancy`: what suites may ask for, what is measured, and which trials do not count. */
import { describe, expect, it } from "vitest";
import { paramsSchemas } from "../../../src/agent/params_schemas.js";
import { resultSchemas } from "../../../src/agent/result_schemas.js";
import { occupancyParameters, rulesOccupancy } from "../../../src/experiments/rules/occupancy.js";
import { outcomeOf, trialConfig } from "../../../src/experiments/rules/trial.js";
import { FACTS } from "../../results/sample.js";
import { NATIVE } from "../conntrack_sample.js";
import { counts, fakeAgent, problems as problemsOf, result } from "./sample.js";
import type { AgentHandle } from "../../../src/experiments/experiment.js";

const parse = (input: unknown) => occupancyParameters.parse(input);
const problems = (input: unknown) => problemsOf(occupancyParameters, input);
const ROLES = { generator: { host: "here", io: "ring", cpus: [1] }, dut: { host: "here", io: "ring", cpus: [2] } };

function configOf(input: unknown) {
  const context = { point: parse(input), seed: 7, warmupSeconds: 0.1, durationSeconds: 1, roles: ROLES };
  return trialConfig(context, "max");
}

describe("the parameters of rules.occupancy", () => {
  it("are no rules in table 0 of the software NIC, under 10,000 flows, unless a suite says otherwise", () => {
    expect(parse({})).toMatchObject({
      classifier: "softnic",
      rules: 0,
      tables: 0,
      match: "eth/ipv4",
      actions: "queue",
      match_share: 0,
      traffic: { profile: "uniform", flows: 10_000, rate: "max" },
    });
  });

  it("can be parsed again and stay the same, as a resumed run does", () => {
    const rich = { rules: "1M", tables: 16, match: "eth/ipv4/udp", actions: "queue/mark", match_share: "50%" };
    const traffic = { profile: "uniform", rate: "search" };
    for (const input of [{}, { ...rich, capacity: "100k", traffic, search: { width: "5%" } }]) {
      const once = parse(input);
      expect(parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
    }
  });

  it.each([
    "eth",
    "eth/ipv4",
    "eth/ipv6/tcp",
    "vlan/ipv4/tcp",
    "vlan/ipv6",
    "vxlan/ipv4/udp",
    "gre/ipv4/tcp",
    "geneve/ipv6",
  ])("take the pattern %s", (match) => {
    expect(parse({ match }).match).toBe(match);
  });

  it.each(["", "ipv4", "eth/tcp", "vlan", "vxlan/eth/ipv4", "eth/ipv4/sctp", "eth/ipv4/udp/tcp", "ETH"])(
    "refuse the pattern '%s' and say what one looks like",
    (match) => {
      expect(problems({ match })).toEqual([
        expect.stringContaining(`match: '${match}' is not a pattern; write eth, or`),
      ]);
    },
  );

  it("refuse what would have no effect or cannot be", () => {
    expect(problems({ match_share: "10%" })).toEqual([
      "match_share: has no effect without rules; remove it, or set rules",
    ]);
    expect(problems({ rules: 100, capacity: 50, tables: 2 })[0]).toContain("less than the 51 rules of a group");
    expect(problems({ rules: 100, capacity: 51, tables: 2 })).toEqual([]);
    expect(problems({ search: {} })[0]).toContain("no effect unless traffic.rate: search");
    expect(problems({ classifier: "hardnic" })[0]).toContain("softnic");
    expect(problems({ rules: "17M" })[0]).toContain("at most 16M");
    expect(problems({ tables: 64 })[0]).toContain("at most 63");
  });

  it("refuse wires and masks that a classifier cannot have", () => {
    expect(problems({ classifier: "ovs", wire: "ring" })[0]).toContain("joins threads of one process, and ovs is none");
    expect(problems({ classifier: "ovs", slowdown: "10%" })[0]).toContain("has no effect on ovs");
    expect(problems({ wire: "af_packet", traffic: { profile: "uniform", frame_size: "2000B" } })[0]).toContain(
      "too large",
    );
    expect(problems({ classifier: "nftables", ring: 128, window: 256 })[0]).toContain("at most ring (128)");
    expect(problems({ match: "eth/ipv6", masks: 2 })[0]).toContain("is for match: eth/ipv4 and eth/ipv4/udp");
    expect(problems({ masks: 9 })[0]).toContain("at most 8");
    expect(problems({ classifier: "tc-flower" })[0]).toContain("ovs");
  });

  it.each([
    ["eth/ipv6", {}, "is for match: eth/ipv4 and eth/ipv4/udp, not for 'eth/ipv6'"],
    ["vxlan/ipv4", { tunnel: "vxlan" }, "is for match: eth/ipv4 and eth/ipv4/udp, not for 'vxlan/ipv4'"],
    ["eth/ipv4", { ipv6_share: "50%" }, "is for plain IPv4 traffic"],
    ["eth/ipv4", { tunnel: "gre" }, "is for plain IPv4 traffic"],
  ])("refuse a share of matching traffic that no rule can be made for: %s, %j", (match, headers, says) => {
    const point = { rules: 10, tables: 1, match, match_share: 0.5, traffic: { profile: "uniform", ...headers } };
    expect(problems(point)).toEqual([expect.stringContaining(`match_share: ${says}`)]);
    expect(problems({ ...point, match_share: 0 })).toEqual([]);
  });

  it("refuse a capture to make rules for, and frames that the last rule of table 0 does not catch", () => {
    expect(problems({ rules: 1, match_share: 1, traffic: { pcap: "a.pcap" } })[0]).toContain(
      "not for those of a capture",
    );
    const traffic = { profile: "uniform", ipv6_share: "50%" };
    expect(problems({ traffic })).toEqual([expect.stringContaining("traffic: has frames that are not plain IPv4")]);
    expect(problems({ traffic, match: "eth/ipv6" })).toEqual([]);
  });

  it("become what the data path takes, which the agent accepts", () => {
    const config = configOf({ rules: "64Ki", tables: 2, match: "eth/ipv4/udp", match_share: "50%", burst: 16 });
    expect(paramsSchemas["rules.run"].parse(config)).toEqual(config);
    expect(config).toMatchObject({
      ruleSet: {
        rules: 65_536,
        tables: 2,
        match: "eth/ipv4/udp",
        actions: "queue",
        matchShare: 0.5,
        capacity: 0,
        seed: 7,
      },
      traffic: { rate: "max", flows: 10_000, seed: 7 },
      burst: 16,
      generatorCpu: 1,
      dutCpu: 2,
      controlCpu: -1,
      flowCache: true,
    });
    expect(config).not.toHaveProperty("storm");
    expect(config).not.toHaveProperty("classifier");
    expect(config.wire).toBe("ring");
    expect(configOf({ flow_cache: false }).flowCache).toBe(false);
  });

  it("name a classifier that is not ours with its choices, on a wire of the kernel", () => {
    const config = configOf({ classifier: "ovs", ovs_emc: "cold", rules: 10, masks: 8, ring: 128 });
    expect(paramsSchemas["rules.run"].parse(config)).toEqual(config);
    expect(config).toMatchObject({
      classifier: { name: "ovs", ovsEmc: "cold" },
      wire: "af_packet",
      window: 64,
      ruleSet: { masks: 8 },
    });
    const nftables = configOf({ classifier: "nftables", nftables_form: "rules", wire: "af_xdp" });
    expect(nftables).toMatchObject({ classifier: { name: "nftables", nftablesForm: "rules" }, wire: "af_xdp" });
  });
});

describe("a point that cannot run", () => {
  const why = (input: unknown, changes: object = {}) =>
    rulesOccupancy.cannotRun(parse(input), { native: NATIVE, facts: FACTS, roles: ROLES, ...changes });

  it("says what is missing, and what to do", () => {
    expect(why({})).toBeUndefined();
    expect(why({}, { native: { available: false, reason: "not built", hint: "build it" } })).toBe("not built");
    expect(why({ rules: "10M" }, { facts: { ...FACTS, memoryBytes: 1e9 } })).toMatch(
      /^10M rules need about .*use fewer/,
    );
  });

  const wires = [
    { name: "af_packet", title: "", ends: "interfaces" as const },
    { name: "dpdk-memif", title: "", ends: "itself" as const },
    { name: "af_xdp", title: "", ends: "interfaces" as const, lacks: "a library" },
  ];
  const facts = { ...FACTS, classifiers: { ovs: "3.1.0", nftables: "1.0.6", xdp: "1.1" } };
  const whyOn = (input: unknown) => why(input, { native: { ...NATIVE, wires }, facts });

  it("has a wire or a rule that its classifier cannot have", () => {
    expect(whyOn({ classifier: "ovs" })).toBeUndefined();
    expect(why({ classifier: "ovs" })).toContain("ovs cannot be used");
    expect(whyOn({ classifier: "nftables", wire: "dpdk-memif" })).toContain(
      "has no interface that nftables could be at",
    );
    expect(whyOn({ wire: "af_xdp" })).toContain("lacks a library");
    expect(whyOn({ classifier: "ovs", rules: 1, capacity: 10 })).toContain("leave capacity out");
    const masked = { classifier: "nftables", rules: 10, masks: 2 };
    expect(whyOn(masked)).toContain("use nftables_form: rules");
    expect(whyOn({ ...masked, nftables_form: "rules" })).toBeUndefined();
    expect(whyOn({ classifier: "xdp", rules: 10, masks: 8, tables: 31 })).toBeUndefined();
    expect(whyOn({ classifier: "xdp", rules: 10, masks: 8, tables: 32 })).toContain("need 64; lower tables");
  });
});

describe("Open vSwitch on DPDK's memif", () => {
  const wires = [{ name: "dpdk-memif", title: "", ends: "itself" as const }];
  const whyWith = (version: string, more: object = {}) => {
    const native = { ...NATIVE, wires: wires.map((wire) => ({ ...wire, ...more })) };
    const facts = { ...FACTS, classifiers: { ovs: "3.1.0", "ovs-dpdk": version } };
    const point = parse({ classifier: "ovs", wire: "dpdk-memif" });
    return rulesOccupancy.cannotRun(point, { native, facts, roles: ROLES });
  };

  it("runs where it was built with DPDK, and so was the addon", () => {
    expect(whyWith("3.1.0, DPDK 22.11.11")).toBeUndefined();
    expect(whyWith("unavailable: install it")).toBe("ovs-dpdk cannot be used: install it.");
    expect(whyWith("3.1.0, DPDK 22.11.11", { lacks: "its library" })).toContain("lacks its library");
  });
});

describe("the outcome of a trial through rules", () => {
  it("has what forwarding has, and how many frames matched at what cost of memory", () => {
    const matched = result({ rules: counts({ matchedFrames: 250, defaultFrames: 750 }) });
    const { status, metrics } = outcomeOf(configOf({ rules: 50, match_share: "25%" }), matched);
    expect(status).toBe("ok");
    expect(metrics).toMatchObject({
      forwarding_rate: 500,
      cycles_per_frame: 200,
      dut_busy: 0.5,
      matched_share: 0.25,
      bytes_per_rule: 100,
      install_rate: 100,
    });
    const declared = rulesOccupancy.metrics.map(({ name }) => name);
    expect(Object.keys(metrics).filter((name) => !declared.includes(name))).toEqual([]);
    expect(new Set(declared).size).toBe(declared.length);
  });

  it.each([
    ["a frame met no rule", { unmatchedFrames: 2 }, "unmatched-frames", "2 frames met no rule"],
    ["a frame took a wrong queue", { strayFrames: 3 }, "stray-frames", "3 frames went to a queue"],
    ["a rule took what it was not made for", { matchedFrames: 4 }, "wrong-match", "took 4 frames"],
  ])("is failed if %s", (_, changes, flag, says) => {
    const outcome = outcomeOf(configOf({ rules: 50 }), result({ rules: counts(changes) }));
    expect(outcome).toMatchObject({ status: "failed", flags: [flag], metrics: {} });
    expect(outcome.reason).toContain(says);
  });

  it("is failed or suspect for what fails any trial with frames", () => {
    const none = { sent: 10, received: 0, drops: [] };
    expect(outcomeOf(configOf({}), result({ frames: none })).flags).toEqual(["no-frames"]);
    expect(outcomeOf(configOf({}), result({ dutCpuShare: 0.5 })).flags).toEqual(["lost-cpu"]);
  });
});

describe("a trial of rules.occupancy", () => {
  const trial = (input: unknown, agent: ReturnType<typeof fakeAgent>) =>
    rulesOccupancy.runTrial({
      point: parse(input),
      seed: 1,
      warmupSeconds: 1,
      durationSeconds: 2,
      graceSeconds: 10,
      roles: ROLES,
      agent: () => agent as unknown as AgentHandle,
    });

  it("asks the agent once, and gives it time to install the rules", async () => {
    const agent = fakeAgent(resultSchemas["rules.run"].parse(result()));
    expect((await trial({ rules: "1M" }, agent)).status).toBe("ok");
    expect(agent.calls).toMatchObject([{ method: "rules.run", timeoutSeconds: 23 }]);
  });

  it("searches for a rate", async () => {
    const agent = fakeAgent(result({ frames: { sent: 1000, received: 1000, drops: [] } }));
    const search = { min_rate: 400, max_rate: 500, width: "20%" };
    const { metrics, flags } = await trial({ search, traffic: { profile: "uniform", rate: "search" } }, agent);
    expect(agent.calls.map(({ params }) => (params as { traffic: { rate: number } }).traffic.rate)).toContain(500);
    expect(metrics["throughput"]).toBe(500);
    expect(flags).toContain("never-loses");
  });
});
