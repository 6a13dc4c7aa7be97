/** A run that measured what the authors measured must confirm what the authors say. */
import { describe, expect, it } from "vitest";
import { evaluateClaims } from "../../src/paper/claims/evaluate.js";
import { loadReference } from "../../src/paper/reference/load.js";
import type { ReferenceRow } from "../../src/paper/reference/table.js";
import { publishedRun, type FromReference } from "./from_reference.js";
import { statements } from "./statements.js";

const claims = statements();

/** `{ NB02: "confirmed: link rate goes from …" }` */
async function verdicts(
  files: readonly string[],
  ids: readonly string[],
  how: FromReference,
): Promise<Record<string, string>> {
  const tables = await Promise.all(files.map((file) => loadReference(file)));
  const chosen = ids.flatMap((id) => claims.get(id) ?? []);
  const results = evaluateClaims(chosen, publishedRun(tables, how));
  return Object.fromEntries(results.map(({ id, verdict, evidence }) => [id, `${verdict}: ${evidence}`]));
}

function allConfirmed(found: Record<string, string>, ids: readonly string[]): void {
  expect(found).toEqual(Object.fromEntries(ids.map((id) => [id, expect.stringMatching(/^confirmed: /)])));
}

/** Medians that are known to 1 %: the language is tried here, not the error bars. */
const spread = 0.01;
const onNic = (nic: string) => (row: ReferenceRow) => row.nic === nic;

describe.each(["bf1", "cx4", "cx5", "cx6"])("what was published for %s", (nic) => {
  const oneTable = nic === "bf1" || nic === "cx4"; // there are no plots of table 1 for them

  it("confirms the statements on occupancy", async () => {
    const ids = ["NB02", "NB03", "NB06", "NB07", ...(oneTable ? [] : ["NB04", "NB05", "NB08"])];
    const found = await verdicts(["pam21/fig2_throughput", "pam21/fig2_latency"], ids, {
      metrics: { throughput: "link_rate", latency_median: "latency_p50" },
      keep: onNic(nic),
      extra: ({ x }) => (x === 1 ? { rules: 1000 } : {}), // the first x of figure 2c, see the README of the series
      spread,
    });
    allConfirmed(found, ids);
  });

  it("confirms the statements on updates", async () => {
    const ids = ["NB01", "NB11", "NB13", ...(oneTable ? [] : ["NB12"])];
    const found = await verdicts(["pam21/fig4_throughput", "pam21/fig4_latency"], ids, {
      metrics: { throughput: "link_rate", latency_mean: "latency_mean" },
      keep: onNic(nic),
      spread,
    });
    allConfirmed(found, ids);
  });

  it("confirms the statements on batches", async () => {
    const ids = ["NB09", ...(oneTable ? [] : ["NB10"])];
    const how = { metrics: { outage_below_1Gbps: "dip_seconds" }, keep: onNic(nic), spread };
    allConfirmed(await verdicts(["pam21/fig3_outage_summary"], ids, how), ids);
  });

  it("confirms the statements on insertion", async () => {
    const ids = ["NB14", ...(oneTable ? [] : ["NB15", "NB16", "NB17"])];
    const found = await verdicts(["pam21/fig5_insertion_rate"], ids, {
      metrics: { insertion_rate: "insert_rate" },
      keep: (row) => row.nic === nic && !(row.figure === "5c" && row.series === "table1/Match=ETH"), // in 5b as well
      spread: 0.003,
    });
    allConfirmed(found, ids);
  });
});

describe.each(["cx5", "cx6"])("what was published for %s", (nic) => {
  it("confirms the statement on updates in place", async () => {
    const how = { metrics: { update_rate: "update_rate" }, keep: onNic(nic), spread: 0.003 };
    allConfirmed(await verdicts(["pam21/fig6_update_rate"], ["NB18"], how), ["NB18"]);
  });
});

describe.each(["bf1", "cx4"])("what was published for %s", (nic) => {
  it("leaves statements on table 1 not testable", async () => {
    const how = { metrics: { throughput: "link_rate" }, keep: onNic(nic) };
    const found = await verdicts(["pam21/fig2_throughput"], ["NB04"], how);
    expect(found["NB04"]).toMatch(/^not testable here: the run has no such point with tables 1/);
  });
});

describe("the authors' sample run", () => {
  it("confirms that throughput falls linearly with the share of matching traffic", async () => {
    const how = {
      metrics: { throughput: "link_rate" },
      keep: ({ figure }: ReferenceRow) => figure === "README example 2",
      spread,
    };
    allConfirmed(await verdicts(["pam21/readme_examples"], ["NB19"], how), ["NB19"]);
  });
});

describe("what was published for connection tracking", () => {
  it("confirms the statements on cores and sharing, with its own error bars", async () => {
    const ids = ["HP02", "HP03", "HP04"];
    allConfirmed(await verdicts(["hpsr21/multi_thread"], ids, { metrics: { throughput: "link_rate" } }), ids);
  });

  it("confirms the statement on both traces", async () => {
    const found = await verdicts(["hpsr21/single_thread"], ["HP05"], {
      metrics: { throughput: "link_rate" },
      keep: ({ variant }) => variant === "fastclick 8d714b3",
      extra: ({ x }) => ({ "traffic.profile": String(x).toLowerCase() }),
      spread: 0.002,
    });
    allConfirmed(found, ["HP05"]);
  });

  it("confirms the statements on occupancy", async () => {
    const how = { metrics: { insert_cost: "cycles_per_op", lookup_cost: "cycles_per_op" }, spread };
    allConfirmed(await verdicts(["hpsr21/cost_vs_occupancy"], ["HP06", "HP07"], how), ["HP06", "HP07"]);
  });

  it("leaves a statement open where its own error bars do", async () => {
    const how = { metrics: { insert_cost: "cycles_per_op" } };
    const found = await verdicts(["hpsr21/cost_vs_occupancy"], ["HP06"], how);
    expect(found["HP06"]).toMatch(/^inconclusive: at cuckoo: .* ratio 7.07 \[4.31, 7.71\], expected at least 5/);
  });

  it("confirms the statements on expiry on one core", async () => {
    const found = await verdicts(["hpsr21/deletions_single_thread"], ["HP08", "HP09"], {
      metrics: { dropped: "loss_ratio" },
      keep: ({ variant }) => variant?.endsWith("run-A") ?? false,
      spread,
    });
    allConfirmed(found, ["HP08", "HP09"]);
  });

  it("confirms the statements on expiry on many cores", async () => {
    const found = await verdicts(["hpsr21/deletions_multi_thread"], ["HP10", "HP11"], {
      metrics: { throughput: "link_rate", insert_cost: "insert_cost" },
      extra: () => ({ expiry_interval: 0.001 }),
      spread: 0.001,
    });
    allConfirmed(found, ["HP10", "HP11"]);
  });
});
