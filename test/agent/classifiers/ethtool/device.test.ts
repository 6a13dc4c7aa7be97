/**
 * Devices that ethtool's filters are set on: a real veth, which has none, and a stand-in for ethtool on a device that has them, since no
 * machine of ours does (test/fixtures/ethtool/bin/ethtool).
 */
import { execa, execaSync } from "execa";
import { once } from "node:events";
import { mkdir, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { classifierRuleRate } from "../../../../src/agent/classifiers/rate.js";
import { openClassifier } from "../../../../src/agent/classifiers/open.js";
import { ruleMaker } from "../../../../src/agent/classifiers/rule_set.js";
import { wrongRules } from "../../../../src/agent/classifiers/check.js";
import { eventually, NICBENCH, temporaryFolder, withEnvironment } from "../../agents.js";
import { NEVER, rateTrial, ruleSet, versionOf } from "../sample.js";
import type { RuleRateTrialConfig } from "../../../../src/agent/protocol.js";

const STAND_IN = resolve(import.meta.dirname, "../../../fixtures/ethtool/bin");
const CHOICE = { name: "ethtool", port: { io: "af_packet", device: "nic0" } } as const;

/** The device's filters: a file each. */
async function standIn(): Promise<string> {
  const table = join(await temporaryFolder(), "table");
  await mkdir(table);
  withEnvironment({ PATH: `${STAND_IN}:${process.env["PATH"] ?? ""}`, NTUPLE_TABLE: table });
  return table;
}

const version = versionOf(CHOICE);
const hasNamespaces = execaSync("unshare", ["--net", "true"], { reject: false }).exitCode === 0;

function request(config: RuleRateTrialConfig): string {
  return `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "rules.rate", params: { ...config, classifier: CHOICE } })}\n`;
}

const small = ruleSet({ rules: 5 });
const entries = (ids: readonly number[], changed = false) => ids.map((id) => ruleMaker(small)(id, changed));

describe("ethtool on a device with ntuple filters (a stand-in)", () => {
  it.each(["insert", "delete", "replace", "update"] as const)(
    "changes rules, and takes them all back: %s",
    async (operation) => {
      const table = await standIn();
      const trial = rateTrial({ operation, operations: 4, batch: 3, seconds: 0.01, ruleSet: small });
      expect(await classifierRuleRate(trial, CHOICE, NEVER)).toMatchObject({ wrong: 0, refused: 0, installed: 5 });
      expect(await readdir(table)).toEqual([]);
    },
  );

  it("finds rules that are missing, too many, or have other actions", async () => {
    await standIn();
    await openClassifier(
      CHOICE,
      { ruleSet: small, most: 10, cpu: -1, port: CHOICE.port },
      NEVER,
      async (classifier) => {
        await classifier.prepare([{ kind: "insert", entries: entries([0, 1, 2]) }])();
        expect(await wrongRules(classifier, entries([0, 1, 2]))).toBe(0);
        expect(await wrongRules(classifier, entries([0, 1]))).toBe(1);
        expect(await wrongRules(classifier, [...entries([0, 1]), ...entries([2], true)])).toBe(1);
      },
    );
  });

  it("hears of a refusal, though ethtool exits with 0", async () => {
    const table = await standIn();
    const trial = rateTrial({ operations: 200, batch: 150, ruleSet: ruleSet({ rules: 0 }) });
    await expect(classifierRuleRate(trial, CHOICE, NEVER)).rejects.toMatchObject({
      code: "ETHTOOL_REFUSED",
      message: expect.stringContaining("No space left on device (flow-type ip4") as string,
    });
    expect(await readdir(table)).toEqual([]);
  });

  it("leaves a device alone that has filters of others, and says how to delete them", async () => {
    const table = await standIn();
    await execa("ethtool", [
      "-N",
      "nic0",
      ..."flow-type ip4 src-ip 10.0.0.1 dst-ip 10.0.0.2 action 1 loc 7".split(" "),
    ]);
    await expect(classifierRuleRate(rateTrial(), CHOICE, NEVER)).rejects.toMatchObject({
      code: "ETHTOOL_NOT_EMPTY",
      hint: expect.stringContaining("ethtool -N nic0 delete 7") as string,
    });
    expect(await readdir(table)).toEqual(["7"]);
  });

  it("takes its filters back even if the agent is killed", async () => {
    const table = await standIn();
    const agent = execa(process.execPath, [NICBENCH, "agent"], { reject: false });
    agent.stdin.write(request(rateTrial({ ruleSet: small, operations: 50, seconds: 1000 })));
    await eventually(async () => (await readdir(table)).length > 5, "filters are inserted");
    agent.kill("SIGKILL");
    await agent;
    await eventually(async () => (await readdir(table)).length === 0, "the filters are gone");
  });
});

describe.skipIf(version.includes("no program") || !hasNamespaces)("ethtool on a real veth", () => {
  it("has no ntuple filters, and is told so with what to do", async () => {
    const script = 'ip link add nic0 type veth peer name nic1 && exec "$0" "$@"';
    const agent = execa("unshare", ["--net", "sh", "-c", script, process.execPath, NICBENCH, "agent"]);
    agent.stdin.write(request(rateTrial()));
    const [line] = (await once(createInterface({ input: agent.stdout }), "line")) as [string];
    agent.stdin.end();
    await agent;
    const { error } = JSON.parse(line) as { error: unknown };
    expect(error).toMatchObject({
      message: "The driver of nic0 has no ntuple filters (rx-ntuple-filter: off [fixed]).",
      data: { code: "ETHTOOL_NO_NTUPLE", hint: expect.stringContaining("Use the port of a NIC") as string },
    });
  });
});

describe("the version of ethtool", () => {
  it("is a number, or why no NIC of this host has its filters", () => {
    expect(version).toMatch(
      /^\d|^unavailable: (there is no program ethtool|filters of a NIC need root|no NIC of this host)/,
    );
  });
});
