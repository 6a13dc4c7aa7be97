/** A run of a suite whose texts try to be commands, options, paths, markup or orders to a terminal. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { INJECTIONS } from "../hostile_texts.js";
import { program } from "./nicbench.js";

const ALL = INJECTIONS.join(" ");
const SUITE = stringify({
  nicbench: 1,
  name: "hostile",
  title: ALL,
  description: ALL,
  paper: { id: ALL, figure: ALL },
  experiment: "conntrack",
  traffic: { profile: "uniform", flows: "64Ki", rate: "max" },
  matrix: { table: ["cuckoo", ...INJECTIONS] },
  trial: { warmup: "10ms", duration: "50ms" },
  repeat: { min: 3 },
  plots: [{ title: ALL, description: ALL, mark: "bar", x: "table", y: "forwarding_rate" }],
  claims: INJECTIONS.map((text) => ({
    id: text.slice(0, 64),
    says: text,
    expect: { within: { metric: "forwarding_rate", at_least: "1pps", where: { table: text } } },
  })),
});

/** What a terminal would obey, or show in another order. */
const ORDERS = /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u;

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" });
}

describe("a suite of hostile texts", { timeout: 120_000 }, () => {
  it("runs, does nothing that the texts say, and keeps them as they are", async () => {
    const { start, folder, onlyRun } = await program(SUITE);
    const { exitCode, stdout, stderr } = await start(["run", "suite.yaml"]);
    expect(exitCode).toBe(0);
    const { manifest, summary } = await onlyRun();
    expect(manifest.suite.title).toBe(ALL);
    expect(summary.points.map(({ params }) => params["table"])).toEqual(["cuckoo", ...INJECTIONS]);
    expect(summary.trials).toMatchObject({ ok: 3, skipped: INJECTIONS.length });
    for (const said of [stdout, stderr]) expect(said).not.toMatch(ORDERS);

    const report = ["report", "latest", "--format", "csv,md,svg,html", "--out", "report"];
    for (const args of [report, ["runs"], ["validate", "suite.yaml"]]) {
      const { stdout: out, stderr: told } = await start(args);
      expect(`${out}${told}`, args.join(" ")).not.toMatch(ORDERS);
      expect(told).not.toContain("internal error");
    }
    const top = ["cache", "report", "reports", "results", "simulated.log", "suite.yaml"];
    expect(readdirSync(folder).filter((name) => !top.includes(name))).toEqual([]);
    expect(filesIn(folder).filter((name) => basename(name) === "pwned" || !/^[\w./-]+$/.test(name))).toEqual([]);
    const written = (pattern: RegExp): readonly string[] =>
      filesIn(folder)
        .filter((name) => pattern.test(name))
        .map((name) => readFileSync(join(folder, name), "utf8"));
    for (const text of written(/\.(html|svg|md)$/)) expect(text).not.toContain("<script>pwned");
    for (const text of written(/\.log$/)) expect(text).not.toMatch(ORDERS);
    for (const text of written(/\.csv$/)) expect(parse(text, { columns: true }).length).toBeGreaterThan(0);
  });

  it("is told to programs as it is, and still gives a terminal no orders", async () => {
    const { start } = await program(SUITE);
    const { stdout } = await start(["run", "suite.yaml", "--no-report", "--json"]);
    expect(stdout).not.toMatch(ORDERS);
    const { points } = JSON.parse(stdout) as { points: readonly { params: { table: string } }[] };
    expect(points.map(({ params }) => params.table)).toEqual(["cuckoo", ...INJECTIONS]);
  });
});
