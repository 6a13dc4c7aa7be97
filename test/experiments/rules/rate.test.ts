/** The experiment `rules.rate`: changes of rules without traffic. */
import { describe, expect, it } from "vitest";
import { paramsSchemas } from "../../../src/agent/params_schemas.js";
import { resultSchemas } from "../../../src/agent/result_schemas.js";
import { rateConfig, rateOutcome, rulesRate } from "../../../src/experiments/rules/rate.js";
import { rateParameters } from "../../../src/experiments/rules/rate_parameters.js";
import { FACTS } from "../../results/sample.js";
import { NATIVE } from "../conntrack_sample.js";
import { fakeAgent, problems as problemsOf, rateResult } from "./sample.js";
import type { AgentHandle, RolePlacement } from "../../../src/experiments/experiment.js";

const problems = (input: unknown) => problemsOf(rateParameters, input);

function context(input: unknown) {
  const roles = { dut: { host: "here", io: "ring", cpus: [2] } };
  return { point: rateParameters.parse(input), seed: 7, warmupSeconds: 0, durationSeconds: 1, roles };
}

const configOf = (input: unknown) => rateConfig(context(input));

describe("the parameters of rules.rate", () => {
  it("insert 10k rules one by one into an empty table 0, unless a suite says otherwise", () => {
    const config = configOf({});
    expect(config).toMatchObject({
      ruleSet: { rules: 0, tables: 0, match: "eth/ipv4", actions: "queue", matchShare: 0 },
      operation: "insert",
      operations: 10_000,
      batch: 1,
      seconds: 1,
      cpus: [2],
    });
    expect(paramsSchemas["rules.rate"].parse(config)).toEqual(config);
  });

  it("refuse to change rules that are not there", () => {
    expect(problems({ operation: "update" })).toEqual(["rules: must be above 0: update needs rules that are there"]);
    expect(problems({ operation: "delete", rules: 9, operations: 10 })).toEqual([
      "operations: must be at most rules (9)",
    ]);
    expect(problems({ operation: "replace", rules: 9, operations: 10 })).toEqual([]);
    expect(problems({ batch: 65 })[0]).toContain("at most 64");
    expect(problems({ match_share: 0.5 })[0]).toContain("match_share");
  });

  it("skip points that do not fit into memory, with those that are inserted", () => {
    const hosts = { native: NATIVE, facts: { ...FACTS, memoryBytes: 1e9 }, roles: {} };
    const why = (input: unknown) => rulesRate.cannotRun(rateParameters.parse(input), hosts);
    expect(why({ rules: "3M" })).toBeUndefined();
    expect(why({ rules: "3M", operations: "2M" })).toContain("5M rules need");
    expect(why({ rules: "3M", operations: "2M", operation: "delete" })).toBeUndefined();
  });
});

describe("nftables in rules.rate", () => {
  const hosts = (nftables?: string) => ({
    native: NATIVE,
    facts: { ...FACTS, memoryBytes: 8e9, ...(nftables === undefined ? {} : { classifiers: { nftables } }) },
    roles: {},
  });
  const why = (input: object, nftables = "1.0.6") =>
    rulesRate.cannotRun(rateParameters.parse({ classifier: "nftables", ...input }), hosts(nftables));

  it("is asked for sets, and takes larger batches", () => {
    const config = configOf({ classifier: "nftables", batch: 10_000 });
    expect(config).toMatchObject({ classifier: { name: "nftables", nftablesForm: "sets" }, batch: 10_000 });
    expect(paramsSchemas["rules.rate"].parse(config)).toEqual(config);
    expect(configOf({ classifier: "nftables", nftables_form: "rules" }).classifier?.nftablesForm).toBe("rules");
    expect(configOf({ nftables_form: "rules" })).not.toHaveProperty("classifier");
  });

  it.each([
    [{ operation: "update", rules: 20_000 }, "operation: replace"],
    [{ match: "vxlan/ipv4/udp" }, "without vxlan"],
    [{ actions: "queue/mark/set_meta" }, "set_meta"],
    [{ actions: "queue/mark" }, "nftables_form: rules"],
    [{ match: "vlan/ipv4" }, "nftables_form: rules"],
    [{ capacity: 20_000 }, "capacity"],
    [{ rules: "2M" }, "at most 1M"],
  ])("skips %j, and says what to do", (input, words) => expect(why(input)).toContain(words));

  it("skips points on a host that has no nft, with the reason", () => {
    expect(why({})).toBeUndefined();
    expect(why({}, "unavailable: there is no program nft")).toContain("there is no program nft");
    expect(why({ actions: "queue/mark", nftables_form: "rules" })).toBeUndefined();
  });
});

describe("xdp in rules.rate", () => {
  const facts = { ...FACTS, memoryBytes: 8e9, classifiers: { xdp: "1.1" } };
  const why = (input: object) =>
    rulesRate.cannotRun(rateParameters.parse({ classifier: "xdp", ...input }), { native: NATIVE, facts, roles: {} });

  it("takes batches, updates in place, and as many tables as a program has maps", () => {
    expect(configOf({ classifier: "xdp", batch: 1000 })).toMatchObject({ classifier: { name: "xdp" }, batch: 1000 });
    expect(why({ operation: "update", rules: 100, actions: "drop", tables: 63 })).toBeUndefined();
  });

  it.each([
    [{ match: "vxlan/ipv4/udp" }, "without vxlan"],
    [{ rules: "2M" }, "at most 1M"],
    [{ actions: "queue/mark" }, "use queue or drop"],
    [{ capacity: 20_000 }, "capacity"],
  ])("skips %j, and says what to do", (input, words) => expect(why(input)).toContain(words));
});

describe("ovs in rules.rate", () => {
  const facts = { ...FACTS, memoryBytes: 8e9, classifiers: { ovs: "3.1.0" } };
  const why = (input: object) =>
    rulesRate.cannotRun(rateParameters.parse({ classifier: "ovs", ...input }), { native: NATIVE, facts, roles: {} });

  it("takes bundles, updates in place, and all actions", () => {
    expect(configOf({ classifier: "ovs", batch: 1000 })).toMatchObject({ classifier: { name: "ovs" }, batch: 1000 });
    expect(why({ operation: "update", rules: 100, actions: "queue/mark/set_meta/set_tag" })).toBeUndefined();
  });

  it.each([
    [{ match: "vxlan/ipv4/udp" }, "without vxlan"],
    [{ rules: "2M" }, "at most 1M"],
  ])("skips %j, and says what to do", (input, words) => expect(why(input)).toContain(words));
});

describe("flow-perf in rules.rate", () => {
  const facts = { ...FACTS, memoryBytes: 8e9, classifiers: { "flow-perf": "22.11.11" } };
  const dut = { host: "here", io: "dpdk", device: "0000:17:00.0", cpus: [2] };
  const why = (input: object, role: object = dut) =>
    rulesRate.cannotRun(rateParameters.parse({ classifier: "flow-perf", ...input }), {
      native: NATIVE,
      facts,
      roles: { dut: role as typeof dut },
    });

  it("is told the testbed's port, and which of its rules are measured", () => {
    const config = rateConfig({ ...context({ classifier: "flow-perf" }), roles: { dut } });
    expect(config.classifier).toEqual({ name: "flow-perf", port: { io: "dpdk", device: "0000:17:00.0" } });
    expect(paramsSchemas["rules.rate"].parse(config)).toEqual(config);
    const { metrics, notes } = rateOutcome(config, rateResult({ firstSeconds: 0.001 }));
    expect(metrics).toMatchObject({ insert_rate: 6000, first_rule_latency: 1e6 });
    expect(notes?.["rules"]).toContain("flow-perf's own");
    expect(rulesRate.metrics.map(({ name }) => name)).toContain("first_rule_latency");
  });

  it("can insert, and delete all", () => {
    expect(why({ operations: "1M" })).toBeUndefined();
    expect(why({ operation: "delete", rules: 1000, operations: 1000, tables: 1 })).toBeUndefined();
  });

  it.each([
    [{ rules: 1000 }, "use rules: 0 with insert"],
    [{ operation: "update", rules: 1000 }, "only inserts and deletes"],
    [{ batch: 64 }, "use batch: 1"],
    [{ match: "eth" }, "use a match with ipv4 or ipv6"],
    [{ match: "vxlan/ipv4/udp" }, "without vxlan"],
  ])("skips %j, and says what to do", (input, words) => expect(why(input)).toContain(words));

  it("skips points on a testbed without a port of DPDK", () => {
    expect(why({}, { host: "here", io: "ring", cpus: [2] })).toContain("the testbed's dut has ring");
  });
});

describe("ethtool in rules.rate", () => {
  const facts = { ...FACTS, memoryBytes: 8e9, classifiers: { ethtool: "6.1" } };
  const dut = { host: "here", io: "af_packet", device: "enp23s0f0", cpus: [2] };
  const why = (input: object, role: object = dut) =>
    rulesRate.cannotRun(rateParameters.parse({ classifier: "ethtool", operations: 1000, ...input }), {
      native: NATIVE,
      facts,
      roles: { dut: role as typeof dut },
    });

  it("takes filters of one action, in place too", () => {
    expect(why({})).toBeUndefined();
    expect(why({ operation: "update", rules: 100, actions: "drop", match: "vlan/ipv6/tcp" })).toBeUndefined();
  });

  it.each([
    [{ tables: 1 }, "use tables: 0"],
    [{ actions: "queue/mark" }, "use queue or drop"],
    [{ rules: 20_000 }, "use at most"],
    [{ match: "gre/ipv4" }, "without gre"],
  ])("skips %j, and says what to do", (input, words) => expect(why(input)).toContain(words));

  it("skips points on a testbed without an interface", () => {
    for (const io of ["ring", "dpdk"]) expect(why({}, { ...dut, io })).toContain(`the testbed's dut has ${io}`);
  });
});

describe("the outcome of rules.rate", () => {
  it.each([
    ["insert", "insert_rate"],
    ["delete", "delete_rate"],
    ["update", "update_rate"],
    ["replace", "update_rate"],
  ])("of %s has the %s, its percentiles and the memory", (operation, name) => {
    const { status, metrics } = rateOutcome(configOf({ operation, rules: 10_000 }), rateResult());
    expect(status).toBe("ok");
    expect(metrics).toEqual({ [name]: 6000, latency_p50: 100, latency_p99: 900, latency_max: 950, bytes_per_rule: 64 });
    const declared = rulesRate.metrics.map((metric) => metric.name);
    expect(Object.keys(metrics).filter((metric) => !declared.includes(metric))).toEqual([]);
  });

  it("leaves out the memory that a classifier does not tell", () => {
    const { bytes: _bytes, ...result } = rateResult();
    expect(rateOutcome(configOf({}), result).metrics).not.toHaveProperty("bytes_per_rule");
  });

  it.each([
    [{ wrong: 2 }, "wrong-answers"],
    [{ refused: 1 }, "table-full"],
    [{ operations: 0 }, "no-operations"],
  ])("is failed with %j", (changes, flag) => {
    const outcome = rateOutcome(configOf({}), rateResult(changes));
    expect(outcome).toMatchObject({ status: "failed", flags: [flag], metrics: {} });
    expect(outcome.reason).toMatch(/^[A-Z_]+: .*\.$/);
  });
});

describe("a trial of rules.rate", () => {
  it("asks the DUT's agent once, and gives it time to install the rules", async () => {
    const agent = fakeAgent(resultSchemas["rules.rate"].parse(rateResult()));
    const { status } = await rulesRate.runTrial({
      ...context({ rules: "1M" }),
      graceSeconds: 10,
      agent: () => agent as unknown as AgentHandle,
    });
    expect(status).toBe("ok");
    expect(agent.calls).toMatchObject([{ method: "rules.rate" }]);
    expect(agent.calls[0]?.timeoutSeconds).toBeGreaterThan(20);
  });
});

describe("rte_flow in rules.rate", () => {
  const facts = { ...FACTS, memoryBytes: 8e9, classifiers: { rte_flow: "DPDK 22.11.11" } };
  const dut = { host: "here", io: "dpdk", device: "0000:17:00.0", cpus: [2] };
  const why = (input: object, roles: Readonly<Record<string, RolePlacement>> = { dut }) =>
    rulesRate.cannotRun(rateParameters.parse({ classifier: "rte_flow", ...input }), { native: NATIVE, facts, roles });

  it("runs on the DUT's port, by the API that is asked for", () => {
    expect(why({})).toBeUndefined();
    const config = rateConfig({ ...context({ classifier: "rte_flow", rte_flow_api: "async" }), roles: { dut } });
    expect(config.classifier).toEqual({
      name: "rte_flow",
      rteFlowApi: "async",
      port: { io: "dpdk", device: "0000:17:00.0" },
    });
    expect(paramsSchemas["rules.rate"].parse(config)).toEqual(config);
  });

  it("is skipped without a port of DPDK, and where it has no word for the point", () => {
    expect(why({}, { dut: { host: "here", io: "ring", cpus: [] } })).toContain("the testbed's dut has ring");
    expect(why({ operation: "update", rules: 10_000 })).toContain("use operation: replace");
    expect(problems({ rte_flow_api: "fast" })[0]).toContain("async");
  });
});
