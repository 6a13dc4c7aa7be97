import { describe, expect, it } from "vitest";
import { publishedQuantity, seriesParams, xParam } from "../../../src/paper/reference/names.js";
import { referenceSeries } from "../../../src/paper/reference/series.js";
import { conversion } from "../../../src/paper/reference/table.js";

describe("published series for a chart", () => {
  it("are named and placed by our parameters, in base units, with their source", async () => {
    const series = await referenceSeries({
      paper: "hpsr21",
      file: "single_thread",
      y: "link_rate",
      where: { x: "Campus", variant: "fastclick 8d714b3" },
      x: "table",
      series: "cores",
    });
    expect(series.unit).toBe("bit/s");
    expect(series.y).toBe("throughput");
    expect(series.rows).toHaveLength(6);
    expect(series.rows).toContainEqual({ series: "1", x: "chaining", y: 43.8831e9, min: 43.8087e9, max: 44.1543e9 });
    expect(series.source).toContain("High-speed Connection Tracking in Modern Servers");
  });

  it("take lists and our names in where", async () => {
    const { rows } = await referenceSeries({
      paper: "hpsr21",
      file: "multi_thread",
      y: "throughput",
      where: { sharing: ["mutex", "lock-free"], cores: "8" },
      series: "sharing",
    });
    expect(rows.map(({ series, x, y }) => [series, x, y])).toEqual([
      ["lock-free", 8, 97.8159e9],
      ["mutex", 8, 15.4148e9],
    ]);
  });

  it("have the published name, with the NIC where there are several", async () => {
    const request = { paper: "pam21", file: "fig2_throughput", y: "throughput" };
    const all = await referenceSeries({ ...request, where: { tables: 0 } });
    expect([...new Set(all.rows.map(({ series }) => series))]).toEqual([
      "Table 0, BlueField",
      "Table 0, ConnectX-4",
      "Table 0, ConnectX-5",
      "Table 0, ConnectX-6",
    ]);
    const one = await referenceSeries({ ...request, where: { nic: "cx5", figure: "2b" } });
    expect(new Set(one.rows.map(({ series }) => series)).size).toBe(5);
    expect(one.rows.find(({ x, series }) => x === 4_000_000 && series === "Tables 1-16")?.y).toBeCloseTo(12.87e9, -8);
  });

  it("have their variant in the name where one name stands for several", async () => {
    const { rows } = await referenceSeries({
      paper: "hpsr21",
      file: "deletions_single_thread",
      y: "loss_ratio",
      where: { expiry: "lazy" },
    });
    expect(new Set(rows.map(({ series }) => series)).size).toBe(2);
    expect(rows.every(({ y }) => y < 0.01)).toBe(true);
  });

  it.each([
    [{ y: "goodput" }, "has no 'goodput'"],
    [{ y: "throughput", where: { sharing: "seqlock" } }, "has no throughput with sharing seqlock"],
    [{ y: "throughput", series: "colour" }, "has no throughput with colour"],
    [{ y: "throughput", where: { constructor: "x" } }, "has no throughput"],
  ])("are refused with what there is: %j", async (request, message) => {
    const wanted = referenceSeries({ paper: "hpsr21", file: "multi_thread", ...request });
    await expect(wanted).rejects.toMatchObject({ code: "REFERENCE_EMPTY", message: expect.stringContaining(message) });
    await expect(referenceSeries({ paper: "hpsr21", file: "multi_thread", ...request })).rejects.toHaveProperty("hint");
  });
});

describe("published names", () => {
  it.each([
    ["hpsr21", "Chaining (FC)", { table: "chaining" }],
    ["hpsr21", "Chaining (STL) (per-core)", { table: "chaining-stl", sharing: "sharded" }],
    ["hpsr21", "Cuckoo LF (shared)", { table: "cuckoo", sharing: "lock-free" }],
    ["hpsr21", "Chaining MP (shared)", { table: "chaining", sharing: "bucket-lock" }],
    ["hpsr21", "Cuckoo per-core + timer wheel", { table: "cuckoo", sharing: "sharded", expiry: "timer-wheel" }],
    ["hpsr21", "Forwarder (no tracking)", { use: "forward" }],
    ["pam21", "Table 0", { tables: 0 }],
    ["pam21", "Tables 1-16", { tables: 16 }],
    ["pam21", "table0/Same Core", { tables: 0, "storm.core": "same" }],
    ["pam21", "table1/distinct-core/10k-rules", { tables: 1, "storm.core": "other", "storm.size": 10_000 }],
    ["pam21", "table1/Match=ETH/VLAN/IPv6/TCP", { tables: 1, match: "vlan/ipv6/tcp" }],
    ["pam21", "table1/Match=ETH/IPv4/UDP (VXLAN)", { tables: 1, match: "vxlan/ipv4/udp" }],
    ["pam21", "table1/Matches=1 - Actions=3", { tables: 1, actions: "queue/mark/set_meta" }],
    ["pam21", "Update - In-memory", { tables: 1, operation: "update" }],
    ["pam21", "Something else", {}],
    ["hpsr21", "constructor", {}],
    ["other21", "Cuckoo", {}],
  ])("of %s: %s", (paper, series, params) => {
    expect(seriesParams(paper, "any", series)).toEqual(params);
  });

  it("of axes become parameters in base units", () => {
    expect(xParam("recycle_hz", 1000)).toEqual({ expiry_interval: 0.001 });
    expect(xParam("recycle_hz", 0)).toEqual({});
    expect(xParam("trace", "Campus")).toEqual({ "traffic.profile": "campus" });
    expect(xParam("trace", "CAIDA")).toEqual({});
    expect(xParam("constructor", 1)).toEqual({});
  });

  it("of quantities correspond to our metrics, where they do", () => {
    expect(publishedQuantity("link_rate")).toBe("throughput");
    expect(publishedQuantity("bytes_per_entry")).toBeUndefined();
    expect(publishedQuantity("toString")).toBeUndefined();
  });

  it("of units of one kind convert", () => {
    expect(conversion("s", "ns")).toBe(1e9);
    expect(conversion("ns", "s")).toBe(1e-9);
    expect(conversion("ns", "ns")).toBe(1);
    expect(conversion("ns", "bit/s")).toBeUndefined();
  });
});
