import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  listReferences,
  loadReference,
  loadReferences,
  parseReference,
  referenceRoot,
} from "../../../src/paper/reference/load.js";
import { findPaper, papers, sourceText } from "../../../src/paper/reference/papers.js";

const names = await listReferences();
const source = { paper: "hpsr21", file: "x", path: "x.csv" };
const HEAD = "figure,series,x_name,x,y_name,y,unit,n,min,max";

describe("the published tables that ship", () => {
  it("are those of both papers", () => {
    expect(names).toEqual([
      ...[
        "cost_vs_occupancy",
        "deletions_multi_thread",
        "deletions_single_thread",
        "multi_thread",
        "single_thread",
      ].map((file) => `hpsr21/${file}`),
      ...[
        "fig2_latency",
        "fig2_throughput",
        "fig3_batch_update",
        "fig3_outage_summary",
        "fig4_latency",
        "fig4_throughput",
      ].map((file) => `pam21/${file}`),
      ...["pam21/fig5_insertion_rate", "pam21/fig6_update_rate", "pam21/readme_examples"],
    ]);
  });

  it.each(names)("%s: every row is read, in base units and with its error bar around it", async (name) => {
    const table = await loadReference(name);
    const lines = readFileSync(join(referenceRoot, `${name}.csv`), "utf8")
      .trim()
      .split("\n").length;
    expect(table.rows).toHaveLength(lines - 1);
    for (const row of table.rows) {
      expect(Number.isFinite(row.y)).toBe(true);
      expect(row.min ?? row.y).toBeLessThanOrEqual(row.y);
      expect(row.max ?? row.y).toBeGreaterThanOrEqual(row.y);
      expect(row.unit === "bit/s" ? row.y <= 101e9 : row.unit !== "ratio" || row.y >= 0).toBe(true);
    }
  });

  it.each(names)("%s: every series has a counterpart here", async (name) => {
    const { rows } = await loadReference(name);
    const without = rows.filter(({ params }) => Object.keys(params).length === 0).map(({ series }) => series);
    expect([...new Set(without)]).toEqual([]);
  });

  it.each(names)("%s: comes from a paper that captions can name", async (name) => {
    const { paper } = await loadReference(name);
    const known = findPaper(paper);
    expect(known && sourceText(known)).toMatch(
      /^Published: “.+”, (PAM|HPSR) 2021; .+https:\/\/github.com\/.+ at [0-9a-f]{7}\)/,
    );
    expect(papers.map(({ id }) => id)).toContain(paper);
  });

  it("hold what was published", async () => {
    const tables = await loadReferences(["hpsr21/multi_thread", "pam21/fig2_latency", "hpsr21/cost_vs_occupancy"]);
    expect(tables.get("hpsr21/multi_thread")?.rows).toContainEqual({
      figure: "kth_multi_thread",
      series: "Cuckoo++ (per-core)",
      variant: "fastclick 8d714b3",
      xName: "cores",
      x: 1,
      yName: "throughput",
      y: 45_789_300_000,
      unit: "bit/s",
      n: 5,
      min: 45_488_600_000,
      max: 46_269_400_000,
      censored: false,
      params: { table: "cuckoo++", sharing: "sharded", cores: 1 },
    });
    const latency = tables
      .get("pam21/fig2_latency")
      ?.rows.find(({ series, nic }) => series === "Tables 1-16" && nic === "cx6");
    expect(latency).toMatchObject({ unit: "ns", nic: "cx6", params: { tables: 16, rules: 0 } });
    const first = tables.get("pam21/fig2_latency")?.rows[0];
    expect(first).toMatchObject({ series: "Table 0", nic: "bf1", y: 39_480, min: 26_980, max: 48_370, unit: "ns" });
    const cost = tables
      .get("hpsr21/cost_vs_occupancy")
      ?.rows.find(({ x, series }) => x === 0.95 && series === "RobinMap");
    expect(cost).toMatchObject({
      yName: "insert_cost",
      y: 3409,
      unit: "cycles",
      params: { operation: "insert", table: "robin-map", load_factor: 0.95 },
    });
  });
});

describe("names of published tables", () => {
  it.each(["hpsr21/multi_tread", "hpsr21", "../reference/hpsr21/multi_thread", "hpsr21/../../package", "", "a/b/c"])(
    "that do not exist are refused: '%s'",
    async (name) => {
      await expect(loadReference(name)).rejects.toMatchObject({
        code: "REFERENCE_UNKNOWN",
        hint: expect.stringContaining("hpsr21/multi_thread"),
      });
    },
  );

  it("get the nearest one as advice", async () => {
    await expect(loadReference("hpsr21/multi_tread")).rejects.toThrow("did you mean 'hpsr21/multi_thread'?");
  });

  it("are none in a folder without tables", async () => {
    const root = mkdtempSync(join(tmpdir(), "nicbench-reference-"));
    expect(await listReferences(root)).toEqual([]);
    expect(await listReferences(join(root, "absent"))).toEqual([]);
    await expect(loadReference("a/b", root)).rejects.toMatchObject({
      code: "REFERENCE_UNKNOWN",
      hint: expect.stringContaining("none"),
    });
  });

  it("may be of a paper that only has its numbers", async () => {
    const root = mkdtempSync(join(tmpdir(), "nicbench-reference-"));
    mkdirSync(join(root, "nsdi30"));
    writeFileSync(join(root, "nsdi30", "fig1.csv"), `${HEAD}\n1,New,cores,2,throughput,5,Gbps,,,\n`);
    const table = await loadReference("nsdi30/fig1", root);
    expect(table.rows).toMatchObject([{ series: "New", y: 5e9, params: { cores: 2 } }]);
  });
});

describe("a table that is broken", () => {
  it.each([
    [`${HEAD}\nf,s,cores,1,throughput,fast,Gbps,5,1,2`, "x.csv:2: y: 'fast' is not a number"],
    [
      `${HEAD}\nf,s,cores,1,t,1,Gbps,5,1,2\nf,s,cores,1,t,1,furlongs,5,1,2`,
      "x.csv:3: unit: 'furlongs' is no known unit",
    ],
    [`${HEAD}\nf,s,cores,1,t,1,constructor,5,1,2`, "is no known unit"],
    [`${HEAD}\nf,s,cores,,t,1,Gbps,5,1,2`, "x.csv:2: x"],
    [`${HEAD}\nf,s,cores,1,t,NaN,Gbps,5,1,2`, "'NaN' is not a number"],
    [`${HEAD}\nf,s,cores,1`, "x.csv"],
    ["figure,y\nf,1", "x.csv:2: series"],
    [`${HEAD}\n"f,s`, "x.csv"],
  ])("is refused with file and line: %j", (text, message) => {
    expect(() => parseReference(text, source)).toThrow(message);
  });

  it("is not one for having no rows, a byte order mark, or fields left empty", () => {
    expect(parseReference("", source)).toEqual([]);
    expect(parseReference(`\ufeff${HEAD}\nf,Cuckoo,trace,CAIDA,dropped,5,%,,,\n`, source)).toEqual([
      {
        figure: "f",
        series: "Cuckoo",
        xName: "trace",
        x: "CAIDA",
        yName: "dropped",
        y: 0.05,
        unit: "ratio",
        censored: false,
        params: { table: "cuckoo" },
      },
    ]);
  });
});
