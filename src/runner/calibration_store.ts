/**
 * Calibrations of this user, kept between commands: one file a host, wire and version, the last one measured. A host
 * changes from day to day (other programs, other CPUs of a cloud), so that only one of the same day (UTC) counts.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "../cache_folder.js";
import { packageVersion } from "../package.js";
import { calibrationSchema, type Calibration } from "../results/calibration.js";
import { writeWhole } from "../results/storage.js";
import type { HostFacts } from "../results/model.js";

const KIND = "calibrations";

/** @returns the file that it is kept in */
export async function keepCalibration(calibration: Calibration): Promise<string> {
  const file = fileOf(calibration);
  await mkdir(cacheFolder(KIND), { recursive: true });
  await writeWhole(file, `${JSON.stringify(calibration, null, 2)}\n`);
  return file;
}

/** Those of this host and day; a file that cannot be read counts as none. */
export async function calibrationsOf(
  wires: Iterable<string>,
  host: Pick<HostFacts, "hostname" | "cpuModel">,
  now: Date,
): Promise<readonly Calibration[]> {
  const kept = await Promise.all(
    [...new Set(wires)].map((wire) => read(fileOf({ ...host, wire, version: packageVersion() }))),
  );
  return kept.flatMap((calibration) =>
    calibration !== undefined && holds(calibration, host, now) ? [calibration] : [],
  );
}

function holds({ at, cpuModel }: Calibration, host: Pick<HostFacts, "cpuModel">, now: Date): boolean {
  return cpuModel === host.cpuModel && at.slice(0, 10) === now.toISOString().slice(0, 10);
}

async function read(file: string): Promise<Calibration | undefined> {
  try {
    return calibrationSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return undefined;
  }
}

function fileOf({ hostname, wire, version }: Pick<Calibration, "hostname" | "wire" | "version">): string {
  const name = [hostname, wire, version].map((part) => part.replaceAll(/[^A-Za-z0-9._-]+/g, "_")).join("-");
  return join(cacheFolder(KIND), `${name}.json`);
}
