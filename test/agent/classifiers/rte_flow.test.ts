/**
 * The classifier rte_flow: what ports without it say, here; and in the virtual machine (`npm run test:vm`) rules on DPDK's net_tap,
 * which puts them into the kernel's traffic control.
 */
import { execa } from "execa";
import { existsSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { FRAME_CASES } from "../../../src/agent/classifiers/conformance/cases.js";
import { conformanceOf } from "../../../src/agent/classifiers/conformance/conformance.js";
import { entriesOf } from "../../../src/agent/classifiers/conformance/entries.js";
import { classifierForwarding } from "../../../src/agent/classifiers/forwarding.js";
import { openClassifier } from "../../../src/agent/classifiers/open.js";
import { classifierRuleRate } from "../../../src/agent/classifiers/rate.js";
import { ruleText } from "../../../src/agent/classifiers/rte_flow/words.js";
import { chosenAddon, loadAddon } from "../../../src/native/addon.js";
import { eventually } from "../agents.js";
import { frameAnswers, type CaseName } from "./frame_answers.js";
import { forwardingTrial, NEVER, rateTrial, ruleSet, stormOf, versionOf } from "./sample.js";
import type { ClassifierChoice, RulesTrialConfig } from "../../../src/agent/protocol.js";

const inVm = process.env["NICBENCH_VM"] === "1";
const hasDpdk = !versionOf({ name: "rte_flow" }).startsWith("unavailable");
const port = (device: string): ClassifierChoice => ({ name: "rte_flow", port: { io: "dpdk", device } });

describe("a rule in testpmd's words", () => {
  it.each([
    ...Object.values(FRAME_CASES).flatMap(({ rules }) => rules),
    "group 2 priority 3 transfer pattern eth / ipv6 src spec fd00:: src mask ffff:: / end actions rss queues 0 1 end types ipv6 end / end",
  ])("is the same again when it is read: %s", (text) => {
    const [entry] = entriesOf([text]);
    const [again] = entriesOf([ruleText(entry!.rule).replace("ingress ", "")]);
    expect(again).toEqual(entry);
  });
});

describe.skipIf(inVm || !hasDpdk)("a port without rte_flow (needs DPDK)", () => {
  it("is refused with its driver and what that says", async () => {
    const trial = classifierRuleRate(rateTrial(), port("net_null0"), NEVER);
    await expect(trial).rejects.toMatchObject({
      code: "RTE_FLOW_MISSING",
      message: "The driver net_null of the device 'net_null0' has no rte_flow: Function not implemented.",
    });
  });

  it("has no asynchronous API either, which is told as such", async () => {
    const trial = classifierRuleRate(rateTrial(), { ...port("net_null0"), rteFlowApi: "async" }, NEVER);
    await expect(trial).rejects.toMatchObject({
      code: "RTE_FLOW_ASYNC",
      message: "The device 'net_null0' has no asynchronous API of rte_flow: Function not implemented.",
      hint: expect.stringContaining("rte_flow_api: sync") as string,
    });
  });

  it("is refused if there is no such device", async () => {
    const trial = classifierRuleRate(rateTrial(), port("net_nothing0"), NEVER);
    await expect(trial).rejects.toMatchObject({ code: "DEVICE_MISSING" });
  });
});

const INTERFACE = "nicbench0";
const DEVICE = `net_tap0,iface=${INTERFACE}`;
const TAP = port(DEVICE);
const interfaceIsThere = () => existsSync(`/sys/class/net/${INTERFACE}`);

/** What net_tap takes (true), and its words for the rest. */
const ON_NET_TAP: Readonly<Partial<Record<CaseName, true | RegExp>>> = {
  "item eth": true,
  "item vlan": /taken by no rule/, // The kernel finds no tag in what a packet socket sends into a tap.
  "item ipv6": true,
  "item udp": true,
  "item icmp": /item 3 \(icmp\): item not supported/,
  "item vxlan": /item 4 \(vxlan\): item not supported/,
  "item gre": /item 3 \(gre\): item not supported/,
  "item geneve": /item 4 \(geneve\): item not supported/,
  "item mark": /action \d \(\w+\): action not supported/,
  "item meta": /action \d \(\w+\): action not supported/,
  "item tag": /action \d \(\w+\): action not supported/,
  prefix: true,
  "mask with gaps": true,
  "mask of ports": /item 3 \(udp\): item not supported/,
  range: /item 3 \(udp\): item not supported/,
  group: /action \d \(jump\): action not supported/,
  priority: true,
  "action queue": true,
  "action drop": true,
  "action rss": /BPF/,
  "action port_id": /action 1 \(port_id\): action not supported/,
  "action mark": /action 1 \(mark\): action not supported/,
  "action set_meta": /action 1 \(set_meta\): action not supported/,
  "action set_tag": /action 1 \(set_tag\): action not supported/,
  "action set_mac_dst": /action \d \(\w+\): action not supported/,
  "action set_ipv4_dst": /action \d \(\w+\): action not supported/,
  "action set_ipv6_dst": /action \d \(\w+\): action not supported/,
  "action set_tp_dst": /action \d \(\w+\): action not supported/,
};

const NAMES = Object.keys(ON_NET_TAP) as readonly CaseName[];

describe.runIf(inVm)("rte_flow on net_tap", () => {
  it("steers and drops frames as the rules say, and refuses the others with the item or action and the driver's words", async () => {
    const answers = await frameAnswers(TAP, NAMES);
    const wrong = answers.filter(([name, { support, said }]) => {
      const expected = ON_NET_TAP[name];
      return expected === true || support === 1 ? expected !== (support === 1) : expected?.test(said) !== true;
    });
    expect(wrong).toEqual([]);
    expect(interfaceIsThere()).toBe(false);
  });

  it.each(["refuses duplicates", "replace in one batch"])("has the capability %s", async (capability) => {
    expect(await conformanceOf(TAP, capability, NEVER)).toMatchObject({ support: 1 });
  });

  it("measures rates of insertion, deletion and replacement, and the kernel has the rules meanwhile", async () => {
    for (const operation of ["insert", "delete", "replace"] as const) {
      const match = operation === "insert" ? "vlan/ipv4/tcp" : "eth/ipv4";
      const result = await classifierRuleRate(rateTrial({ operation, ruleSet: ruleSet({ match }) }), TAP, NEVER);
      expect(result).toMatchObject({ wrong: 0, refused: 0, installed: 200 });
      expect(result.operations).toBeGreaterThan(0);
    }
    const options = { ruleSet: ruleSet(), most: 2, cpu: -1 };
    await openClassifier(TAP, options, NEVER, async (classifier) => {
      const rules = ["10.0.0.1", "10.0.0.2"].map((to) => `pattern eth / ipv4 dst is ${to} / end actions drop / end`);
      await classifier.prepare([{ kind: "insert", entries: entriesOf(rules) }])();
      expect(await filters()).toEqual(["10.0.0.1", "10.0.0.2"]);
      await classifier.prepare([{ kind: "remove", entries: entriesOf(rules).slice(0, 1) }])();
      expect(await filters()).toEqual(["10.0.0.2"]);
    });
  });

  it("says which port of which API there is not, and which rule cannot join tables", async () => {
    await expect(classifierRuleRate(rateTrial(), { ...TAP, rteFlowApi: "async" }, NEVER)).rejects.toMatchObject({
      code: "RTE_FLOW_ASYNC",
      message: expect.stringContaining("has no asynchronous API of rte_flow: Operation not supported") as string,
    });
    const joined = classifierRuleRate(rateTrial({ ruleSet: ruleSet({ tables: 1 }) }), TAP, NEVER);
    await expect(joined).rejects.toThrow(
      /pattern eth \/ end actions jump group 1 .*action 1 \(jump\): action not supported/,
    );
  });

  describe("as the DUT", () => {
    const choice: ClassifierChoice = { ...TAP, generatorPort: { io: "libpcap", device: INTERFACE } };
    const traffic = { profile: "uniform", flows: 100, rate: 500, seed: 1 } as const;
    const run = (changes: Partial<RulesTrialConfig>, stop = NEVER) =>
      classifierForwarding(
        forwardingTrial({ wire: "dpdk", traffic, durationSeconds: 1, ...changes }),
        choice,
        loadAddon(),
        stop,
      );

    it("sends back what comes to all queues, and counts what its rules took, while others come and go", async () => {
      const half = ruleSet({ rules: 100, matchShare: 0.5, match: "eth/ipv4/udp" });
      for (const core of ["same", "other"] as const) {
        const storm = stormOf({ operation: core === "same" ? "replace" : "delete", size: 20, core });
        const result = await run({ ruleSet: half, storm });
        expect(result).toMatchObject({ badFrames: 0, storm: { intended: 20, done: 20, refused: 0 } });
        expect(result.frames.received).toBeGreaterThan(0);
        expect(result.dutCpuShare).toBeGreaterThan(0);
        const { matchedFrames, defaultFrames } = result.rules;
        expect(matchedFrames).toBeGreaterThan(0);
        expect(defaultFrames).toBeGreaterThan(0);
        expect(matchedFrames + defaultFrames).toBeGreaterThanOrEqual(result.frames.received);
        expect(interfaceIsThere()).toBe(false);
      }
    });

    it("takes no frame by rules that are made for none, and is stopped at once", async () => {
      const { rules } = await run({ ruleSet: ruleSet({ rules: 20, actions: "drop" }) });
      expect(rules).toMatchObject({ installed: 20, matchedFrames: 0 });
      expect(rules.defaultFrames).toBeGreaterThan(0);
      const stop = new AbortController();
      const trial = run({ durationSeconds: 1000 }, stop.signal);
      await eventually(interfaceIsThere, "the interface is there");
      stop.abort();
      loadAddon().stopTrial();
      await expect(trial).rejects.toMatchObject({ code: "STOPPED" });
      expect(interfaceIsThere()).toBe(false);
    });
  });

  it("leaves nothing when the trial is stopped, or its process killed", async () => {
    const stop = new AbortController();
    const trial = classifierRuleRate(rateTrial({ seconds: 1000 }), TAP, stop.signal);
    await eventually(interfaceIsThere, "the interface is there");
    stop.abort();
    await expect(trial).rejects.toMatchObject({ code: "STOPPED" });
    expect(interfaceIsThere()).toBe(false);

    const config = JSON.stringify({ device: DEVICE, asynchronous: false, most: 1 });
    const script = `require(${JSON.stringify(chosenAddon())}).openNicRules(${config}).then(() => setInterval(() => {}, 1e6))`;
    const process_ = execa(process.execPath, ["-e", script], { reject: false });
    onTestFinished(() => void process_.kill("SIGKILL"));
    await eventually(interfaceIsThere, "the interface is there again");
    process_.kill("SIGKILL");
    await process_;
    await eventually(() => !interfaceIsThere(), "the interface is gone");
  });
});

/** Destinations of the filters that the kernel has for net_tap. */
async function filters(): Promise<readonly string[]> {
  const { stdout } = await execa("tc", ["filter", "show", "dev", INTERFACE, "parent", "1:"]);
  return [...stdout.matchAll(/dst_ip (\S+)/g)].map(([, address = ""]) => address).sort();
}
