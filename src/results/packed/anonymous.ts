/**
 * A copy of a run without what tells where and by whom it was measured, so that it can be published: machines, accounts,
 * addresses, paths and what a kernel was started with. What was measured stays as it is.
 */
import { createWriteStream } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { codeOf } from "../../errors.js";
import { samplesCsv } from "../derived.js";
import { walkJournal } from "../journal.js";
import { readRun } from "../reader.js";
import { scrubber, type Scrub } from "./pseudonyms.js";
import type { RunManifest } from "../model.js";

/**
 * Calls `use` with the copy, which is gone afterwards. It has neither logs nor notes, which may say anything, and nothing that
 * `--reuse` compares.
 *
 * @throws {UserError} as {@link readRun}
 */
export async function withAnonymousRun<T>(directory: string, use: (copy: string) => Promise<T>): Promise<T> {
  const { manifest, summary } = await readRun(directory);
  const folder = await mkdtemp(join(tmpdir(), "nicbench-"));
  try {
    const copy = join(folder, basename(resolve(directory)));
    await mkdir(copy);
    const scrub = scrubber(hostsOf(manifest), usersOf(manifest));
    const published = scrubbed(withoutReuse(manifest), scrub) as RunManifest;
    await writeFile(join(copy, "run.json"), asJson(published));
    await copyJournal(directory, copy, scrub);
    await writeFile(join(copy, "summary.json"), asJson(scrubbed(summary, scrub)));
    const { trials } = await readRun(copy);
    await writeFile(join(copy, "samples.csv"), samplesCsv(published, trials));
    await copyNumbers(directory, copy);
    return await use(copy);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Names of machines but for those that say what they are for. */
function hostsOf({ hosts, testbed, schedule }: RunManifest): readonly string[] {
  const aliases = valuesAt(testbed.resolved, /^ssh$/).map((alias) => alias.slice(alias.indexOf("@") + 1));
  const names = [...Object.keys(hosts), ...Object.values(hosts).map(({ hostname }) => hostname), ...aliases];
  const roles = new Set([...Object.keys(schedule?.roles ?? {}), ...GENERIC]);
  return names.flatMap((name) => [name, name.split(".")[0] ?? ""]).filter((name) => name !== "" && !roles.has(name));
}

const GENERIC = ["here", "local", "localhost", "generator", "dut", "root"];

function usersOf({ testbed }: RunManifest): readonly string[] {
  const accounts = valuesAt(testbed.resolved, /^ssh$/).filter((alias) => alias.includes("@"));
  return accounts.map((account) => account.slice(0, account.indexOf("@"))).filter((name) => !GENERIC.includes(name));
}

/** Texts under keys with such a name, however deep. */
function valuesAt(value: unknown, key: RegExp): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) =>
    key.test(name) && typeof inner === "string" ? [inner] : valuesAt(inner, key),
  );
}

/** Digests of names can be found by trying, and their texts are in the facts already. */
function withoutReuse({ circumstances: _, ...manifest }: RunManifest): RunManifest {
  return { ...manifest, points: manifest.points.map(({ key: _key, ...point }) => point) };
}

/** Every text in a value, keys of records as well. */
function scrubbed(value: unknown, scrub: Scrub, key = ""): unknown {
  if (typeof value === "string") return scrubText(value, scrub, key);
  if (Array.isArray(value)) return value.map((item: unknown) => scrubbed(item, scrub));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, unknown]) => [scrub(name), scrubbed(inner, scrub, name)]),
  );
}

function scrubText(text: string, scrub: Scrub, key: string): string {
  if (key === "kernelCommandLine") return harmless(text);
  return key === "hostname" && scrub(text) === text ? "host" : scrub(text);
}

/** Parameters of the kernel that tell how fast it is and how steady; of the others only how many there are. */
const TOLD =
  /^(?:isolcpus|nohz|nohz_full|rcu_nocbs|irqaffinity|mitigations|nosmt|hugepages|hugepagesz|default_hugepagesz|transparent_hugepage|intel_iommu|amd_iommu|iommu|intel_pstate|amd_pstate|intel_idle\.max_cstate|processor\.max_cstate|idle|clocksource|tsc|skew_tick|numa_balancing|pcie_aspm|maxcpus|quiet|preempt|threadirqs|nosoftlockup|nmi_watchdog|audit|psi|spec\w*|pti|nopti|kpti|retbleed)(?==|$)/;

function harmless(commandLine: string): string {
  const parts = commandLine.split(/\s+/).filter(Boolean);
  const told = parts.filter((part) => TOLD.test(part));
  return [...told, ...(told.length < parts.length ? [`(and ${parts.length - told.length} more)`] : [])].join(" ");
}

/** Line by line, as it may be larger than memory. */
async function copyJournal(from: string, to: string, scrub: Scrub): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    for await (const entry of walkJournal(join(from, "journal.ndjson"))) yield `${JSON.stringify(scrubbed(entry, scrub))}\n`;
  }
  await pipeline(lines(), createWriteStream(join(to, "journal.ndjson")));
}

/** Files of points and numbers, without names. */
async function copyNumbers(from: string, to: string): Promise<void> {
  const latencies = await readdir(join(from, "latency")).catch(() => []);
  if (latencies.length > 0) await mkdir(join(to, "latency"));
  const files = [...latencies.filter((name) => name.endsWith(".hgrm")).map((name) => join("latency", name)), "timeseries.csv"];
  for (const file of files) await copyFile(join(from, file), join(to, file)).catch(ignoreMissing);
}

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== "ENOENT") throw error;
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
