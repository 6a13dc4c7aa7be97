/** rte_flow in `rules.occupancy`, and so in `rules.storm`: between which ports of a testbed, and by which rules. */
import { describe, expect, it } from "vitest";
import { paramsSchemas } from "../../../src/agent/params_schemas.js";
import { occupancyParameters, rulesOccupancy } from "../../../src/experiments/rules/occupancy.js";
import { rulesStorm } from "../../../src/experiments/rules/storm.js";
import { stormParameters } from "../../../src/experiments/rules/storm/parameters.js";
import { trialConfig } from "../../../src/experiments/rules/trial.js";
import { FACTS } from "../../results/sample.js";
import { NATIVE } from "../conntrack_sample.js";
import { problems as problemsOf } from "./sample.js";

const parse = (input: unknown) => occupancyParameters.parse(input);
const problems = (input: unknown) => problemsOf(occupancyParameters, input);

describe("rte_flow", () => {
  const TAP = "net_tap0,iface=n0";
  const NIC = { generator: { io: "dpdk", device: "0000:17:00.0" }, dut: { io: "dpdk", device: "0000:17:00.1" } };
  const rolesOf = (ports: typeof NIC) => ({
    generator: { host: "here", cpus: [1], ...ports.generator },
    dut: { host: "here", cpus: [2], ...ports.dut },
  });
  const hosts = (ports: typeof NIC = NIC, lacks: object = {}) => {
    const wires = ["dpdk", "libpcap", "af_packet"].map((name) => ({
      name,
      title: "",
      ends: "devices" as const,
      ...lacks,
    }));
    const facts = { ...FACTS, classifiers: { rte_flow: "DPDK 22.11.11" } };
    return { native: { ...NATIVE, wires }, facts, roles: rolesOf(ports) };
  };
  const why = (input: object, ...where: Parameters<typeof hosts>) =>
    rulesOccupancy.cannotRun(parse({ classifier: "rte_flow", rules: 10, ...input }), hosts(...where));

  it("forwards between the testbed's ports, which the agent is told", () => {
    const context = { seed: 7, warmupSeconds: 0.1, durationSeconds: 1, roles: rolesOf(NIC) };
    const config = trialConfig({ ...context, point: parse({ classifier: "rte_flow", rte_flow_api: "async" }) }, "max");
    expect(config).toMatchObject({
      wire: "dpdk",
      classifier: { name: "rte_flow", rteFlowApi: "async", port: NIC.dut, generatorPort: NIC.generator },
    });
    expect(paramsSchemas["rules.run"].parse(config)).toEqual(config);
    expect(why({})).toBeUndefined();
    expect(problems({ classifier: "rte_flow", wire: "af_packet" })).toEqual([
      expect.stringMatching(/^wire: has no effect/),
    ]);
  });

  it.each([
    [{ ...NIC, dut: { io: "ring", device: "" } }, "rte_flow needs a port of DPDK, and the testbed's dut has ring"],
    [{ ...NIC, generator: { io: "ring", device: "" } }, "the generator has none on the DUT's host"],
    [
      { generator: { io: "af_packet", device: "n0" }, dut: { io: "dpdk", device: TAP } },
      "{ io: libpcap, interface: n0 }",
    ],
  ])("needs ports: %j", (ports, words) => expect(why({}, ports)).toContain(words));

  it("needs rules whose frames it can tell from others, and a wire for the generator", () => {
    expect(why({ match_share: "50%", actions: "drop" })).toContain("cannot be counted; use actions: queue");
    expect(why({ actions: "drop" })).toBeUndefined();
    expect(why({ filter_set: "acl" })).toContain("not by listed ones");
    expect(why({}, NIC, { lacks: "its library" })).toContain("The wire dpdk lacks its library");
    const tap = { generator: { io: "libpcap", device: "n0" }, dut: { io: "dpdk", device: TAP } };
    expect(why({ match_share: "50%" }, tap)).toBeUndefined();
  });

  it("is not asked when a change tells by frames that it drops", () => {
    const traffic = { profile: "uniform", flows: 1, rate: "1kpps" };
    const storm = { operation: "delete", size: 1, effect: true };
    const point = { classifier: "rte_flow", rules: 10, match: "eth/ipv4/udp", storm, traffic };
    expect(rulesStorm.cannotRun(stormParameters.parse(point), hosts())).toContain("storm.effect");
    const plain = stormParameters.parse({ ...point, storm: { operation: "delete", size: 1 } });
    expect(rulesStorm.cannotRun(plain, hosts())).toBeUndefined();
  });
});
