import { parse } from "csv-parse/sync";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withDatabase } from "../../src/results/database/engine.js";
import { sampleTable, tableText, writeTable } from "../../src/results/export.js";
import { readRun } from "../../src/results/reader.js";
import { temporaryFolder } from "../agent/agents.js";
import { runFolder } from "./run_folder.js";
import { failedTrial, sampleTrial } from "./sample.js";

async function exported() {
  const root = await temporaryFolder();
  const trials = [failedTrial("aaa", 0), sampleTrial("aaa", 0, { attempt: 1 }), sampleTrial("bbb", 0)];
  const table = sampleTable(await readRun(await runFolder(root, {}, trials)));
  return { root, table };
}

const NAMES = ["run", "point", "table", "traffic.flows", "traffic.pcap", "repetition", "attempt"];
const REST = ["status", "counted", "started", "metric", "value", "unit"];

describe("an exported run", () => {
  it("has a row a trial and metric, one of a failed trial, and says which trials count", async () => {
    const { table } = await exported();
    expect(table.columns.map(({ name }) => name)).toEqual([...NAMES, ...REST]);
    const run = "sample-20260102T030405Z-1a2b";
    const started = "2026-01-02T03:04:06.000";
    expect(table.rows).toEqual([
      [run, "aaa", "cuckoo", 65536, undefined, 0, 0, "failed", false, started, undefined, undefined, undefined],
      [run, "aaa", "cuckoo", 65536, undefined, 0, 1, "ok", true, started, "forwarding_rate", 1e6, "frames/s"],
      [run, "aaa", "cuckoo", 65536, undefined, 0, 1, "ok", true, started, "loss_ratio", 0.1, "ratio"],
      [run, "bbb", "chaining-stl", undefined, 'a, "b".pcap', 0, 0, "ok", true, started, "forwarding_rate", 1e6, "frames/s"],
      [run, "bbb", "chaining-stl", undefined, 'a, "b".pcap', 0, 0, "ok", true, started, "loss_ratio", 0.1, "ratio"],
    ]);
  });

  it("is the same as CSV, JSON and Parquet", async () => {
    const { root, table } = await exported();
    const cells = table.rows.map((row) => row.map((cell) => cell ?? null));
    const names = table.columns.map(({ name }) => name);
    expect(parse(tableText(table, "csv"))).toEqual([names, ...cells.map((row) => row.map((cell) => String(cell ?? "")))]);
    const file = join(root, "samples.json");
    await writeTable(table, "json", file);
    const objects = JSON.parse(await readFile(file, "utf8")) as readonly object[];
    expect(objects.map((object) => Object.values(object))).toEqual(cells);
    const parquet = join(root, "a ' quoted name.parquet");
    await writeTable(table, "parquet", parquet);
    const read = await withDatabase(async (connection) => {
      const select = `SELECT * REPLACE (strftime(started, '%Y-%m-%dT%H:%M:%S.%g') AS started)`;
      return connection.runAndReadAll(`${select} FROM read_parquet('${parquet.replaceAll("'", "''")}')`);
    });
    expect(read.columnNames()).toEqual(names);
    expect(read.getRowsJson()).toEqual(cells);
  });

  it("that cannot be written says so", async () => {
    const { root, table } = await exported();
    const file = join(root, "sample-20260102T030405Z-1a2b", "run.json", "x.csv");
    await expect(writeTable(table, "csv", file)).rejects.toMatchObject({ code: "OUTPUT_NOT_WRITTEN" });
  });
});
