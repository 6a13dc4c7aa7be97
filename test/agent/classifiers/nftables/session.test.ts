/** Conversations with the real nft, each in a network namespace that it makes. */
import { execaSync } from "execa";
import { describe, expect, it } from "vitest";
import { nftVersion } from "../../../../src/agent/classifiers/nftables/probe.js";
import { openNft } from "../../../../src/agent/classifiers/nftables/session.js";

/** Needs root and nft: `unavailable: <why>` is what a skipped test lacks. */
const nft = await nftVersion();

describe.skipIf(nft.startsWith("unavailable"))(`a session of nft (${nft})`, () => {
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
