/** The Open vSwitch that an agent starts for itself. */
import { execaSync } from "execa";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ovs } from "../../../../src/agent/classifiers/ovs/ovs.js";
import { ruleMaker } from "../../../../src/agent/classifiers/rule_set.js";
import { ruleSet } from "../sample.js";
import type { Rule } from "../../../../src/rules/rule.js";

/** Needs root and Open vSwitch: `unavailable: <why>` is what a skipped test lacks. */
const version = await ovs.version();

describe.skipIf(version.startsWith("unavailable"))(`a switch of our own (${version})`, () => {
  const open = () => ovs.open({ ruleSet: ruleSet(), most: 10, cpu: -1 });
  const entry = (id: number) => ruleMaker(ruleSet())(id, false);

  it("is no process, socket or folder of this machine once it is closed", async () => {
    const before = switches();
    const leftIn = (): string =>
      execaSync("ls", ["/tmp", "/var/run"]).stdout.match(/nicbench\.mgmt|openvswitch/)?.[0] ?? "";
    const left = leftIn();
    const classifier = await open();
    expect(switches().length).toBe(before.length + 1);
    expect(leftIn()).toBe(left);
    await classifier.close();
    await expect.poll(() => switches()).toEqual(before);
  });

  it("commits all of a bundle or nothing, and says what Open vSwitch says", async () => {
    const classifier = await open();
    // Of an address, but the protocol says ARP.
    const { id, rule } = entry(1);
    const wrong: Rule = { ...rule, pattern: [...rule.pattern, { name: "eth", fields: { type: { spec: 0x0806n } } }] };
    const bundle = classifier.prepare([{ kind: "insert", entries: [entry(0), { id, rule: wrong }] }]);
    await expect(bundle()).rejects.toMatchObject({ code: "OVS_REFUSED" });
    await expect(classifier.prepare([{ kind: "insert", entries: [{ id, rule: wrong }] }])()).rejects.toThrow(
      /BAD_MATCH: BAD_PREREQ/,
    );
    expect(await classifier.listed()).toEqual([]);
    await classifier.close();
  });

  it("fails what is running with its last words when it dies", async () => {
    const before = switches();
    const classifier = await open();
    const [pid] = switches().filter((each) => !before.includes(each));
    process.kill(Number(pid), "SIGKILL");
    await sleep(100);
    await expect(classifier.listed()).rejects.toMatchObject({ code: "OVS_DIED" });
    await classifier.close();
  });
});

/** Those that this process has started: others test as well. */
function switches(): readonly string[] {
  return execaSync("pgrep", ["-x", "ovs-vswitchd", "-P", String(process.pid)], { reject: false })
    .stdout.split("\n")
    .filter((line) => line !== "");
}
