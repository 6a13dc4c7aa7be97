/** Trials of `rules.rate` in the real nftables, each in a network namespace that it makes. */
import { execaSync } from "execa";
import { describe, expect, it } from "vitest";
import { wrongRules } from "../../../src/agent/nftables/check.js";
import { formOf } from "../../../src/agent/nftables/forms.js";
import { nftVersion } from "../../../src/agent/nftables/probe.js";
import { nftablesRuleRate } from "../../../src/agent/nftables/rate.js";
import { openNft } from "../../../src/agent/nftables/session.js";
import { totalCount } from "../../../src/statistics/hdr.js";
import type { RuleRateTrialConfig } from "../../../src/agent/protocol.js";

/** Needs root and nft: `unavailable: <why>` is what a skipped test lacks. */
const nft = await nftVersion();
const lacking = nft.startsWith("unavailable");

const NEVER = new AbortController().signal;

function config(changes: Partial<RuleRateTrialConfig> = {}, ruleSet: Partial<RuleRateTrialConfig["ruleSet"]> = {}) {
  return {
    ruleSet: {
      rules: 200,
      tables: 0,
      match: "eth/ipv4",
      actions: "queue",
      matchShare: 0,
      capacity: 0,
      seed: 7,
      ...ruleSet,
    },
    operation: "insert" as const,
    operations: 100,
    batch: 32,
    seconds: 0.05,
    cpu: -1,
    ...changes,
  };
}

describe.skipIf(lacking)(`rates of nftables (${nft})`, () => {
  describe.each(["sets", "rules"] as const)("as %s", (form) => {
    it.each(["insert", "delete", "replace"] as const)("are measured, and the rules listed: %s", async (operation) => {
      for (const tables of [0, 1, 3]) {
        const result = await nftablesRuleRate(config({ operation }, { tables }), form, NEVER);
        expect(result).toMatchObject({ wrong: 0, refused: 0, installed: 200 });
        expect(result.operations).toBeGreaterThan(0);
        expect(totalCount(result.latency)).toBeGreaterThanOrEqual(result.operations / 32);
      }
    });

    it.each(["eth", "eth/ipv6", "eth/ipv4/tcp", "eth/ipv6/udp"])(
      "are measured for rules that match %s",
      async (match) => {
        const result = await nftablesRuleRate(config({}, { match }), form, NEVER);
        expect(result.wrong).toBe(0);
      },
    );

    it("begin with an empty table, and go on with more rules than one transaction installs", async () => {
      expect((await nftablesRuleRate(config({}, { rules: 0 }), form, NEVER)).wrong).toBe(0);
      expect((await nftablesRuleRate(config({}, { rules: 12_000 }), form, NEVER)).wrong).toBe(0);
    });
  });

  it.each(["vlan/ipv4/tcp", "vlan/ipv6"])("are measured for rules that match %s", async (match) => {
    expect((await nftablesRuleRate(config({}, { match }), "rules", NEVER)).wrong).toBe(0);
  });

  it("are measured for rules that mark and that drop", async () => {
    for (const actions of ["queue/mark", "drop"]) {
      const result = await nftablesRuleRate(config({ operation: "replace" }, { actions }), "rules", NEVER);
      expect(result.wrong).toBe(0);
    }
  });

  it("end at once when the trial is stopped", async () => {
    const stop = new AbortController();
    const trial = nftablesRuleRate(config({ seconds: 1000 }), "sets", stop.signal);
    setTimeout(() => stop.abort(), 200);
    await expect(trial).rejects.toMatchObject({ code: "STOPPED" });
  });
});

describe.skipIf(lacking)(`the check of nftables (${nft})`, () => {
  it.each(["sets", "rules"] as const)("misses rules and actions, of %s", async (kind) => {
    const form = formOf(kind, config().ruleSet, 10);
    const session = openNft(-1);
    await session.commit(form.setUp);
    await session.commit(form.insert([0, 1, 2, 3]));
    expect(await wrongRules(form, session, [0, 1, 2, 3])).toBe(0);
    expect(await wrongRules(form, session, [0, 1, 2])).toBe(1);
    expect(await wrongRules(form, session, [0, 1, 2, 3, 4])).toBe(1);
    form.replace([1, 2]);
    expect(await wrongRules(form, session, [0, 1, 2, 3])).toBe(2);
    session.close();
  });
});

describe.skipIf(lacking)(`a session of nft (${nft})`, () => {
  it("leaves this machine's own rules alone", async () => {
    const own = (): string => execaSync("nft", ["list", "tables"]).stdout;
    const before = own();
    const session = openNft(-1);
    await session.commit("add table netdev nicbench_test");
    expect(await session.ask("list tables")).toBe("table netdev nicbench_test\n");
    expect(own()).toBe(before);
    session.close();
  });

  it("commits all of a transaction or nothing, and says what nft says", async () => {
    const session = openNft(-1);
    const wrong = "add table netdev first\nadd rule netdev first missing accept\n";
    await expect(session.commit(wrong)).rejects.toMatchObject({ code: "NFT_REFUSED" });
    await expect(session.commit(wrong)).rejects.toThrow(/missing/);
    expect(await session.ask("list tables")).toBe("");
    session.close();
  });

  it("fails with what happened when nft dies", async () => {
    const session = openNft(-1);
    const running = session.ask("list tables");
    session.close();
    await expect(running).rejects.toMatchObject({ code: "NFT_DIED" });
    await expect(session.ask("list tables")).rejects.toThrow(/SIGKILL/);
  });
});
