import { describe, expect, it } from "vitest";
import { checkClaims } from "../../src/paper/language/check.js";
import { loadStatements, parseStatements } from "../../src/paper/reference/published_claims.js";
import { statements, writtenStatements } from "./statements.js";

describe("the published statements", () => {
  it("are all read, each with its paper, value and test", async () => {
    const rows = await loadStatements();
    expect(rows).toHaveLength(82);
    expect(rows.filter(({ paper }) => paper === "NICBench PAM21").map(({ id }) => id)).toHaveLength(19);
    expect(rows.find(({ id }) => id === "HP04")).toEqual({
      id: "HP04",
      paper: "HPSR21",
      place: "multi_thread imp/",
      claim:
        "Per-core tables rank Cuckoo++ > RobinMap ~ HopScotch > Cuckoo > chaining (FastClick) > chaining (STL) on one core.",
      quantity: "throughput_1_core",
      value: "45.8/44.6/44.4/42.6/40.4/37.0",
      unit: "Gbps",
      condition: "campus x16, 8M entries",
      shapeCheck: "same order; spread best/worst 1.15-1.35",
    });
    for (const row of rows) expect(row.claim.length * row.value.length * row.shapeCheck.length).toBeGreaterThan(0);
  });

  it("can all be written in the language, and are", async () => {
    const ids = (await loadStatements()).map(({ id }) => id);
    expect([...statements().keys()]).toEqual(ids);
  });

  it("are found valid by the check that a suite goes through", () => {
    const written = writtenStatements();
    const units = {
      forwarding_rate: "frames/s",
      insert_rate: "rules/s",
      dip_seconds: "s",
      loss_ratio: "ratio",
      rtt_p99: "ns",
    } as const;
    const latencies = ["latency_p50", "latency_p95", "latency_p99", "latency_mean"].map((name) => ({
      name,
      unit: "ns" as const,
    }));
    const metrics = [
      ...Object.entries(units).map(([name, unit]) => ({ name, unit })),
      ...latencies,
      { name: "link_rate", unit: "bit/s" as const },
    ];
    const others =
      "insert_cost cycles_per_op update_rate cycles_per_frame active_cores imbalance drop_rate load_variance";
    const more = "completion_p99 broken_connections cycles_saved";
    const counts = `${others} ${more}`.split(" ").map((name) => ({ name, unit: "count" as const }));
    const parameters = `tables rules storm.core storm.rate storm.size match match_share actions table cores sharing
      expiry expiry_interval use operation load_factor load_from policy replay_speed state balancer request_size request_rate obfuscation system
      chain hardware io classification functions model build frequency work element yield scheduler length prefetch layout
      cycles instances traffic.profile traffic.frame_size traffic.rate`.split(/\s+/);
    expect(checkClaims(written, { metrics: [...metrics, ...counts], parameters })).toEqual([]);
  });

  it.each([
    ["id,paper\nXX01,p\n", "claims.csv:2: figure_or_section"],
    ["", "claims.csv"],
  ])("are refused with file and line when broken", (text, message) => {
    if (text === "") expect(parseStatements(text, "claims.csv")).toEqual([]);
    else expect(() => parseStatements(text, "claims.csv")).toThrow(message);
  });

  it("have ids of their own", () => {
    const head = "id,paper,figure_or_section,claim,quantity,value,unit,condition,shape_check\n";
    const row = "HP01,p,f,c,q,1,Gbps,,s\n";
    expect(() => parseStatements(head + row + row, "claims.csv")).toThrow(
      "claims.csv:3: id: 'HP01' stands there twice",
    );
    expect(() => parseStatements(head + row.replace("HP01", "one"), "claims.csv")).toThrow("claims.csv:2: id");
  });
});
