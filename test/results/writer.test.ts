import { parse } from "csv-parse/sync";
import { execa } from "execa";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readRun } from "../../src/results/reader.js";
import { claimRun, reopenRun, type RunWriter } from "../../src/results/writer.js";
import { temporaryFolder } from "../agent/agents.js";
import { failedTrial, sampleManifest, sampleTrial } from "./sample.js";
import type { TrialRecord } from "../../src/results/model.js";

const START = { type: "start", at: "2026-01-02T03:04:05.000Z", pid: 1 } as const;

async function begin(root: string, changes = {}): Promise<RunWriter> {
  const manifest = sampleManifest(changes);
  return (await claimRun(root, manifest.run)).begin(manifest);
}

const isRoot = process.getuid?.() === 0;

/** A file system of so many bytes, or read-only; only root may mount one. */
async function mounted(options: string): Promise<string> {
  const folder = await temporaryFolder();
  await execa("mount", ["-t", "tmpfs", "-o", options, "none", folder]);
  onTestFinished(async () => {
    await execa("umount", ["--lazy", folder]);
  });
  return folder;
}

describe("a run directory", () => {
  it("has what the design says: manifest, journal, samples, summary, series, latencies, logs", async () => {
    const root = await temporaryFolder();
    const writer = await begin(root);
    await writer.append(START);
    const series = { t: [0.5, 1], columns: { forwarding_rate: { unit: "frames/s", values: [1, 2] } } } as const;
    await writer.append(sampleTrial("aaa", 0, { series }));
    await writer.append(sampleTrial("aaa", 1));
    await writer.append(failedTrial("bbb", 0));
    const summary = await writer.finish("complete");
    const { directory } = writer;
    expect((await readdir(directory)).sort()).toEqual([
      "journal.ndjson", "latency", "logs", "run.json", "samples.csv", "summary.json", "timeseries.csv",
    ]);
    expect(JSON.parse(await readFile(join(directory, "summary.json"), "utf8"))).toEqual(summary);
    expect(JSON.parse(await readFile(join(directory, "run.json"), "utf8"))).toEqual(writer.manifest);
    expect(await readFile(join(directory, "latency", "aaa.hgrm"), "utf8")).toContain("Total count    =          200]");
    expect(await readFile(join(directory, "timeseries.csv"), "utf8")).toBe(
      "point,repetition,attempt,t,counter,value,unit\n" +
        "aaa,0,0,0.5,forwarding_rate,1,frames/s\naaa,0,0,1,forwarding_rate,2,frames/s\n",
    );
  });

  it("has tidy samples: one row a trial and metric, parameters in columns, and no trial missing", async () => {
    const writer = await begin(await temporaryFolder());
    await writer.append(sampleTrial("aaa", 0));
    await writer.append(failedTrial("bbb", 0));
    await writer.finish("complete");
    const rows = parse(await readFile(join(writer.directory, "samples.csv"), "utf8"), { columns: true });
    const cuckoo = { point: "aaa", repetition: "0", attempt: "0", table: "cuckoo", "traffic.flows": "65536", "traffic.pcap": "" };
    expect(rows).toEqual([
      { ...cuckoo, metric: "forwarding_rate", value: "1000000", unit: "frames/s", status: "ok" },
      { ...cuckoo, metric: "loss_ratio", value: "0.1", unit: "ratio", status: "ok" },
      {
        point: "bbb", repetition: "0", attempt: "0", table: "chaining-stl", "traffic.flows": "",
        "traffic.pcap": 'a, "b".pcap', metric: "", value: "", unit: "", status: "failed",
      },
    ]);
  });

  it("can be continued: its trials are remembered, its lock is respected, a torn line is cut off", async () => {
    const root = await temporaryFolder();
    const writer = await begin(root);
    await writer.append(sampleTrial("aaa", 0));
    await expect(reopenRun(writer.directory)).rejects.toMatchObject({ code: "RUN_LOCKED" });
    await writer.abandon();
    await writeFile(join(writer.directory, "journal.ndjson"), '{"type":"trial","poi', { flag: "a" });
    expect((await readRun(writer.directory)).warnings).toHaveLength(1);
    const again = await reopenRun(writer.directory);
    expect(again.trials.map(({ point, repetition }) => [point, repetition])).toEqual([["aaa", 0]]);
    await again.append(sampleTrial("aaa", 1));
    await again.finish("complete");
    const run = await readRun(writer.directory);
    expect(run).toMatchObject({ warnings: [], summary: { outcome: "complete", trials: { ok: 2 } } });
  });

  it("of a killed run is read like any other, with a summary from its journal", async () => {
    const writer = await begin(await temporaryFolder());
    await writer.append(START);
    await writer.append(sampleTrial("aaa", 0));
    const { summary, trials } = await readRun(writer.directory);
    expect(summary).toMatchObject({ outcome: "interrupted", points: [{ status: "pending" }, { status: "pending" }] });
    expect(trials[0]?.latency).toEqual(sampleTrial("aaa", 0).latency);
    await writer.abandon();
  });

  it("that was claimed in vain goes away, unless its logs are to be read", async () => {
    const root = await temporaryFolder();
    const claim = await claimRun(root, "one");
    await writeFile(join(claim.logs, "here-agent.log"), "nothing of interest");
    await claim.discard({ keepLogs: false });
    expect(await readdir(root)).toEqual([]);
    const logged = await claimRun(root, "two");
    await writeFile(join(logged.logs, "here-agent.log"), "what went wrong");
    await logged.discard({ keepLogs: true });
    expect(await readdir(join(root, "two"))).toEqual(["logs"]);
  });
});

describe("a broken run directory", () => {
  async function finished(): Promise<string> {
    const writer = await begin(await temporaryFolder());
    await writer.finish("complete");
    return writer.directory;
  }

  it("that is no run says so", async () => {
    await expect(readRun(await temporaryFolder())).rejects.toMatchObject({
      code: "RUN_NOT_FOUND",
      hint: expect.stringContaining("nicbench runs"),
    });
  });

  it("without journal, or with a damaged run.json, names the file", async () => {
    const directory = await finished();
    await rm(join(directory, "journal.ndjson"));
    await expect(readRun(directory)).rejects.toMatchObject({ message: expect.stringMatching(/journal.ndjson.*missing/) });
    await writeFile(join(directory, "run.json"), '{"schema": 1, "run": 3}');
    await expect(readRun(directory)).rejects.toMatchObject({
      code: "RUN_DAMAGED",
      message: expect.stringContaining("run.json is damaged: run:"),
    });
    await writeFile(join(directory, "run.json"), "{");
    await expect(readRun(directory)).rejects.toMatchObject({ code: "RUN_DAMAGED" });
  });

  it("whose names are paths is refused: files are named after them", async () => {
    const directory = join(await temporaryFolder(), "hostile");
    await mkdir(directory);
    for (const run of ["../../elsewhere", "/etc/cron.d/x", "..", "a/b", "a\nb", ""]) {
      await writeFile(join(directory, "run.json"), JSON.stringify({ ...sampleManifest(), run }));
      await expect(readRun(directory)).rejects.toMatchObject({ message: expect.stringContaining("run: is no name") });
      const points = [{ id: run, params: {}, resolved: {} }];
      await writeFile(join(directory, "run.json"), JSON.stringify({ ...sampleManifest(), points }));
      await expect(readRun(directory)).rejects.toMatchObject({ message: expect.stringContaining("is no name") });
    }
  });

  it("of a later version is refused as such", async () => {
    const directory = await finished();
    await writeFile(join(directory, "run.json"), '{"schema": 2}');
    await expect(readRun(directory)).rejects.toMatchObject({ code: "RUN_SCHEMA" });
  });
});

describe("a results directory that cannot be used", () => {
  it("is refused before the run starts if a file is in its place", async () => {
    const file = join(await temporaryFolder(), "results");
    await writeFile(file, "");
    await expect(claimRun(file, "run")).rejects.toMatchObject({ code: "RESULTS_UNUSABLE" });
  });

  it.skipIf(!isRoot)("is refused before the run starts if its file system is read-only (needs root to mount one)", async () => {
    const folder = await mounted("ro");
    await expect(claimRun(folder, "run")).rejects.toMatchObject({
      code: "RESULTS_READ_ONLY",
      hint: expect.stringContaining("--results"),
    });
  });

  it.skipIf(isRoot)("is refused before the run starts if we may not write there (root always may)", async () => {
    const folder = join(await temporaryFolder(), "results");
    await mkdir(folder, { mode: 0o500 });
    await expect(claimRun(folder, "run")).rejects.toMatchObject({ code: "RESULTS_READ_ONLY" });
  });

  it.skipIf(!isRoot)("is refused before the run starts if it is full (needs root to mount one)", async () => {
    const folder = await mounted("size=1m");
    await expect(claimRun(folder, "run")).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(await readdir(folder)).toEqual([]);
  });

  it.skipIf(!isRoot)("loses no trial when the disk fills up in mid-run (needs root to mount one)", async () => {
    const folder = await mounted("size=8m");
    const writer = await begin(folder);
    await fillUp(folder);
    const measured: TrialRecord[] = [];
    const measureOn = async (): Promise<never> => {
      for (;;) {
        measured.push(sampleTrial("aaa", measured.length));
        await writer.append(measured.at(-1)!);
      }
    };
    await expect(measureOn()).rejects.toMatchObject({
      code: "DISK_FULL",
      message: expect.stringContaining("All finished trials are saved."),
      hint: expect.stringContaining("--resume"),
    });
    const summary = await writer.finish("interrupted");
    expect(summary.trials.ok).toBe(measured.length);
    expect(existsSync(join(writer.directory, "summary.json"))).toBe(true);
    expect((await readRun(writer.directory)).trials).toEqual(measured);
  });
});

/** Leaves not one block free. */
async function fillUp(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  await writeFile(join(folder, "filler"), Buffer.alloc(bavail * bsize));
}
