/**
 * How much runs of one build differ on a host, from one recording of `nicbench selftest statistics`: its rounds are cut
 * into stretches of a run's length. What differs between days is not in it, so that this is the least to reckon with.
 * The last one of each host is kept for this user.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { cacheFolder } from "../cache_folder.js";
import { writeWhole } from "../results/storage.js";
import { spreadOf } from "../statistics/run_shift.js";
import { levels } from "./between_runs.js";
import type { SampleSet } from "./samples.js";

const noiseFloorSchema = z.object({
  schema: z.literal(1),
  /** Recording that it comes from. */
  run: z.string(),
  hostname: z.string(),
  cpuModel: z.string(),
  /** Trials of a stretch. */
  trials: z.int().min(1),
  /** Deviation of the logarithms of the stretches' medians: about the share by which runs differ. */
  metrics: z.record(z.string(), z.object({ deviation: z.number(), freedom: z.number() })),
});

export type NoiseFloor = Readonly<z.infer<typeof noiseFloorSchema>>;

/** Of metrics whose values are all positive. */
export function spreadsOf(stretches: readonly SampleSet[]): NoiseFloor["metrics"] {
  const [{ metrics, points: [point] } = { metrics: [], points: [] }] = stretches;
  const spreads = metrics.flatMap(({ name, better }) => {
    const own = levels(stretches, point?.id ?? "", name);
    const spread = better === "neither" || !own.every(Number.isFinite) ? undefined : spreadOf([own]);
    return spread === undefined ? [] : [[name, spread] as const];
  });
  return Object.fromEntries(spreads);
}

/** @returns the file that it is kept in */
export async function keepNoiseFloor(floor: NoiseFloor): Promise<string> {
  const file = fileOf(floor.hostname);
  await mkdir(cacheFolder(KIND), { recursive: true });
  await writeWhole(file, `${JSON.stringify(floor, null, 2)}\n`);
  return file;
}

/** Of the first host of an environment that has one; a file that cannot be read counts as none. */
export async function noiseFloorOf(environment: SampleSet["environment"]): Promise<NoiseFloor | undefined> {
  for (const [name, hostname] of Object.entries(environment).filter(([name]) => name.endsWith(".hostname"))) {
    const floor = await read(fileOf(hostname));
    if (floor?.cpuModel === environment[name.replace(/hostname$/, "cpuModel")]) return floor;
  }
  return undefined;
}

const KIND = "noise-floors";

function fileOf(hostname: string): string {
  return join(cacheFolder(KIND), `${hostname.replaceAll(/[^A-Za-z0-9._-]+/g, "_")}.json`);
}

async function read(file: string): Promise<NoiseFloor | undefined> {
  try {
    return noiseFloorSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return undefined;
  }
}
