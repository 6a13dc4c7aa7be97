/** The shards of one suite, each a run of its own, as the run that they are parts of. Pure: from runs to run.json and journal. */
import { canonicalJson } from "../canonical_json.js";
import { UserError } from "../errors.js";
import type { JournalEntry, PlannedPoint, RunManifest, RunSchedule, ShardOfRun, Summary } from "./model.js";
import type { Run } from "./reader.js";

export interface MergedRun {
  readonly manifest: RunManifest;
  /** Without its end. */
  readonly entries: readonly JournalEntry[];
  /** Interrupted if one of the shards was. */
  readonly outcome: Summary["outcome"];
  /** In what the shards' hosts differ: one sentence each. */
  readonly warnings: readonly string[];
}

type ShardRun = Run & { readonly manifest: { readonly shard: ShardOfRun } };

/**
 * @param run id of the merged run
 * @param command the line that merged them, as typed
 * @throws {UserError} MERGE_REFUSED with every reason
 */
export function mergeShards(runs: readonly Run[], run: string, command: string): MergedRun {
  const shards = runs.filter(isShard).sort((a, b) => a.manifest.shard.index - b.manifest.shard.index);
  const [first] = shards;
  const problems = [...runs.filter((one) => !isShard(one)).map(noShard), ...(first ? misfits(first, shards) : [])];
  if (first === undefined || problems.length > 0) throw refused(problems);
  const names = hostNames(shards);
  const { shard: _, schedule, ...shared } = first.manifest;
  const order = first.manifest.shard.points;
  const startedAt = shards.map(({ manifest }) => manifest.startedAt).sort()[0] ?? shared.startedAt;
  return {
    manifest: {
      ...shared,
      run,
      testbed: testbedOf(shards),
      startedAt,
      command: [command, withoutShard(shared.command.at(-1) ?? "")],
      native: byHost(shards, names, ({ native }) => native),
      hosts: byHost(shards, names, ({ hosts }) => hosts),
      calibrations: undefined,
      conditions: undefined,
      circumstances: undefined,
      points: inOrder(shards, order),
      shards: shards.map(({ manifest }, index) => {
        const { shard, points, testbed } = manifest;
        const own = { run: manifest.run, startedAt: manifest.startedAt, testbed: testbed.name };
        const hosts = Object.keys(manifest.hosts).map((name) => names(name, index));
        return { index: shard.index, total: shard.total, ...own, hosts, points: points.map(({ id }) => id) };
      }),
      schedule: schedule && { ...schedule, roles: rolesOf(schedule, names), times: timesOf(shards, order) },
    },
    entries: [{ type: "start", at: startedAt, pid: process.pid }, ...shards.flatMap(({ skipped, trials }) => [...skipped, ...trials])],
    outcome: shards.every(({ summary }) => summary.outcome === "complete") ? "complete" : "interrupted",
    warnings: hostDifferences(shards),
  };
}

function isShard(run: Run): run is ShardRun {
  return run.manifest.shard !== undefined;
}

function noShard({ manifest }: Run): string {
  return `${manifest.run} is no shard: it was not run with --shard.`;
}

/** What must be the same for the parts to be parts of one thing. */
const AGREED: Readonly<Record<string, (manifest: RunManifest & { readonly shard: ShardOfRun }) => unknown>> = {
  "the suite": ({ suite }) => [suite.name, suite.experiment],
  "the suite's settings": ({ suite }) => suite.resolved,
  "the parameters of its points": ({ shard }) => shard.points,
  "the number of shards": ({ shard }) => shard.total,
  "the seed": ({ seed }) => seed,
  "the metrics": ({ metrics }) => metrics,
  "the repeat rule": ({ schedule }) => [schedule?.repeat, schedule?.order],
  "the version of nicbench": ({ versions }) => versions["nicbench"],
  "the commit": ({ git }) => ("commit" in git ? git.commit : undefined),
};

function misfits(first: ShardRun, shards: readonly ShardRun[]): readonly string[] {
  const differing = shards.flatMap(({ manifest }) =>
    Object.entries(AGREED)
      .filter(([, value]) => canonicalJson([value(manifest)]) !== canonicalJson([value(first.manifest)]))
      .map(([what]) => `${manifest.run} differs from ${first.manifest.run} in ${what}.`),
  );
  return differing.length > 0 ? differing : [...repeated(shards), ...missing(first, shards)];
}

function repeated(shards: readonly ShardRun[]): readonly string[] {
  return shards.flatMap(({ manifest: { run, shard } }, index) => {
    const before = shards.slice(0, index).find(({ manifest }) => manifest.shard.index === shard.index);
    return before === undefined ? [] : [`${run} and ${before.manifest.run} are both shard ${shard.index}/${shard.total}.`];
  });
}

function missing({ manifest: { shard } }: ShardRun, shards: readonly ShardRun[]): readonly string[] {
  const there = new Set(shards.map(({ manifest }) => manifest.shard.index));
  const all = Array.from({ length: shard.total }, (_, index) => index + 1);
  return all.filter((index) => !there.has(index)).map((index) => `Shard ${index}/${shard.total} is missing.`);
}

type HostNames = (host: string, shard: number) => string;

/** One name for all shards where their hosts are alike; else a name a shard. */
function hostNames(shards: readonly ShardRun[]): HostNames {
  const alike = new Set(shards.map(({ manifest }) => canonicalJson(manifest.hosts))).size === 1;
  return (host, index) => (alike ? host : `shard-${shards[index]?.manifest.shard.index ?? index}.${host}`);
}

function byHost<T>(
  shards: readonly ShardRun[],
  names: HostNames,
  facts: (manifest: RunManifest) => Readonly<Record<string, T>>,
): Readonly<Record<string, T>> {
  const named = shards.flatMap(({ manifest }, index) =>
    Object.entries(facts(manifest)).map(([host, value]) => [names(host, index), value] as const),
  );
  return Object.fromEntries(named);
}

function rolesOf({ roles }: RunSchedule, names: HostNames): RunSchedule["roles"] {
  const renamed = Object.entries(roles).map(([role, place]) => [role, { ...place, host: names(place.host, 0) }] as const);
  return Object.fromEntries(renamed);
}

function inOrder(shards: readonly ShardRun[], order: readonly string[]): readonly PlannedPoint[] {
  const byId = new Map(shards.flatMap(({ manifest }) => manifest.points.map((point) => [point.id, point] as const)));
  return order.map((id) => byId.get(id)).filter((point) => point !== undefined);
}

function timesOf(shards: readonly ShardRun[], order: readonly string[]): RunSchedule["times"] {
  const byId = new Map(
    shards.flatMap(({ manifest: { points, schedule } }) =>
      points.map(({ id }, index) => [id, schedule?.times[index]] as const),
    ),
  );
  return order.map((id) => byId.get(id)).filter((times) => times !== undefined);
}

function testbedOf(shards: readonly ShardRun[]): RunManifest["testbed"] {
  const testbeds = shards.map(({ manifest }) => manifest.testbed);
  const [first] = testbeds;
  if (first !== undefined && new Set(testbeds.map(({ resolved }) => canonicalJson(resolved))).size === 1) return first;
  const name = [...new Set(testbeds.map((testbed) => testbed.name))].join(" + ");
  return { name, file: first?.file ?? "", resolved: testbeds.map(({ resolved }) => resolved) };
}

function hostDifferences(shards: readonly ShardRun[]): readonly string[] {
  const facts = ["cpuModel", "kernel", "governor", "memoryBytes", "hypervisor"] as const;
  const texts = facts.map((fact) => {
    const values = new Set(shards.flatMap(({ manifest }) => Object.values(manifest.hosts).map((host) => String(host[fact]))));
    return values.size < 2 ? "" : `Hosts differ in ${fact}: ${[...values].join(", ")}. Points of one shard compare, those of two may not.`;
  });
  return texts.filter(Boolean);
}

function withoutShard(command: string): string {
  return command.replace(/ --shard \d+\/\d+/, "");
}

function refused(problems: readonly string[]): UserError {
  return new UserError(
    "MERGE_REFUSED",
    `These runs are not the shards of one run.\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
    "Name one run of each shard, run from the same suite, flags and version: nicbench run SUITE --shard 1/2, then 2/2",
  );
}
