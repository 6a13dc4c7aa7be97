/** Trials of `rules.rate` in every classifier that this machine has: the same promises for each. */
import { describe, expect, it } from "vitest";
import { wrongRules } from "../../../src/agent/classifiers/check.js";
import { openClassifier } from "../../../src/agent/classifiers/open.js";
import { classifierRuleRate } from "../../../src/agent/classifiers/rate.js";
import { ruleMaker } from "../../../src/agent/classifiers/rule_set.js";
import { totalCount } from "../../../src/statistics/hdr.js";
import { CHOICES, NEVER, rateTrial, ruleSet, versionOf } from "./sample.js";
import type { ClassifierChoice } from "../../../src/agent/protocol.js";

/** A verdict map has no room for marks, and nft does not list its VLAN ids right. */
const isMap = ({ nftablesForm }: ClassifierChoice): boolean => nftablesForm === "sets";

const inVm = process.env["NICBENCH_VM"] === "1";

it.runIf(inVm)("tc-flower is there in the virtual machine", () => {
  expect(versionOf({ name: "tc-flower" })).toMatch(/^\d/);
});

for (const choice of CHOICES) {
  const { name, nftablesForm = "" } = choice;
  const skipped = versionOf(choice).startsWith("unavailable");
  const rate = (...trial: Parameters<typeof rateTrial>) => classifierRuleRate(rateTrial(...trial), choice, NEVER);

  describe.skipIf(skipped)(`rates of ${name} ${nftablesForm} (${versionOf(choice)})`, () => {
    const operations = ["insert", "delete", "replace", ...(name === "nftables" ? [] : (["update"] as const))] as const;
    it.each(operations)("are measured, and the rules listed: %s", async (operation) => {
      for (const tables of operation === "insert" ? [0, 1, 3] : [3]) {
        const result = await rate({ operation, ruleSet: ruleSet({ tables }) });
        expect(result).toMatchObject({ wrong: 0, refused: 0, installed: 200 });
        expect(result.operations).toBeGreaterThan(0);
        expect(totalCount(result.latency)).toBeGreaterThanOrEqual(result.operations / 32);
      }
    });

    const matches = ["eth", "eth/ipv6", "eth/ipv4/tcp", "eth/ipv6/udp"];
    it.each([...matches, ...(isMap(choice) ? [] : ["vlan/ipv4/tcp", "vlan/ipv6"])])(
      "are measured for rules that match %s",
      async (match) => expect((await rate({ ruleSet: ruleSet({ match }) })).wrong).toBe(0),
    );

    it.skipIf(isMap(choice))("are measured for rules that mark and that drop", async () => {
      for (const actions of name === "xdp" ? ["drop"] : ["queue/mark", "drop"]) {
        expect((await rate({ operation: "replace", ruleSet: ruleSet({ actions }) })).wrong).toBe(0);
      }
    });

    it("begin with an empty table", async () => {
      expect((await rate({ ruleSet: ruleSet({ rules: 0 }) })).wrong).toBe(0);
    });

    // Installed by what is common to all; it takes a minute where the machine is emulated.
    it.skipIf(inVm)("go on with more rules than one transaction installs", async () => {
      expect((await rate({ ruleSet: ruleSet({ rules: 12_000 }) })).wrong).toBe(0);
    });

    // As handles of rules are known to one thread alone, rules.rate has none of these with several.
    it.skipIf(nftablesForm === "rules").each(operations)(
      "are measured of several threads at the same time: %s",
      async (operation) => {
        const result = await rate({ operation, batch: 7, cpus: [-1, -1, -1], ruleSet: ruleSet({ tables: 2 }) });
        expect(result).toMatchObject({ wrong: 0, refused: 0, installed: 200 });
        expect(result.operations).toBeGreaterThan(0);
        expect(totalCount(result.latency)).toBeGreaterThanOrEqual(result.operations / 7);
      },
    );

    it("end at once when the trial is stopped", async () => {
      const stop = new AbortController();
      const trial = classifierRuleRate(rateTrial({ seconds: 1000 }), choice, stop.signal);
      setTimeout(() => stop.abort(), 200);
      await expect(trial).rejects.toMatchObject({ code: "STOPPED" });
    });
  });

  describe.skipIf(skipped)(`the check of ${name} ${nftablesForm} (${versionOf(choice)})`, () => {
    it("finds rules that are missing, too many, or have other actions", async () => {
      const set = ruleSet();
      const make = ruleMaker(set);
      const entries = (ids: readonly number[], changed = false) => ids.map((id) => make(id, changed));
      await openClassifier(choice, { ruleSet: set, most: 10, cpu: -1 }, NEVER, async (classifier) => {
        await classifier.prepare([{ kind: "insert", entries: entries([0, 1, 2, 3]) }])();
        expect(await wrongRules(classifier, entries([0, 1, 2, 3]))).toBe(0);
        expect(await wrongRules(classifier, entries([0, 1, 2]))).toBe(1);
        expect(await wrongRules(classifier, entries([0, 1, 2, 3, 4]))).toBe(1);
        expect(await wrongRules(classifier, [...entries([0, 3]), ...entries([1, 2], true)])).toBe(2);
        await classifier.prepare([{ kind: "remove", entries: entries([1, 2]) }])();
        expect(await wrongRules(classifier, entries([0, 3]))).toBe(0);
      });
    });
  });
}
