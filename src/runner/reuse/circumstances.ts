/**
 * What a point's trials depend on, as far as nicbench can see it, and the digest that is their address: trials of another run
 * with the same address were measured by the same code, of the same point, on hosts that looked the same.
 */
import { canonicalJson } from "../../canonical_json.js";
import { fileDigest, sha256 } from "../../digest.js";
import { flatten } from "../../flat.js";
import { mapValues } from "../../map_values.js";
import { programDigest } from "./program_digest.js";
import type { PlannedPoint, RunManifest } from "../../results/model.js";

/** By name, as texts. */
export type Circumstances = Readonly<Record<string, string>>;

type Measured = Pick<
  RunManifest,
  "seed" | "schedule" | "metrics" | "testbed" | "native" | "hosts" | "conditions" | "versions"
>;

/** The manifest with its circumstances, and with the addresses of its points where they can be known. */
export async function withAddresses(manifest: RunManifest): Promise<RunManifest> {
  const circumstances = circumstancesOf(manifest);
  const obstacle = obstacleTo(manifest);
  if (obstacle !== undefined) return { ...manifest, circumstances: { ...circumstances, [OBSTACLE]: obstacle } };
  return { ...manifest, circumstances, points: await withKeys(manifest.points, circumstances) };
}

/** The circumstance that says why a run's points have no address. */
export const OBSTACLE = "not to be known";

/** Those that all points of a run share. Parameters and times of a trial are in the id of a point. */
function circumstancesOf({
  seed,
  schedule,
  metrics,
  testbed,
  native,
  hosts,
  conditions,
  versions,
}: Measured): Circumstances {
  const facts = {
    nicbench: versions["nicbench"],
    "code of nicbench": programDigest(),
    seed,
    "repeat rule": canonicalJson([schedule?.repeat, schedule?.order]),
    metrics: canonicalJson(metrics),
    testbed: canonicalJson(testbed.resolved),
    placement: canonicalJson(schedule?.roles),
    ...prefixed("addon of", mapValues(native, addonDigestOf)),
    ...prefixed("host", flatten(hosts)),
    ...prefixed("state of", flatten(conditions ?? {})),
    ...prefixed("environment", ownVariables()),
  };
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, String(value ?? "")]));
}

/**
 * Why no other run can tell that its points are those of this one; undefined if one can.
 *
 * An external program reads files and starts programs that nobody declares, so that the same start line says nothing.
 */
function obstacleTo({ native, testbed }: Pick<RunManifest, "native" | "testbed">): string | undefined {
  const unknown = Object.entries(native).find(([, addon]) => addonDigestOf(addon) === undefined);
  if (unknown !== undefined) return `host ${unknown[0]} does not say which build of the addon it has`;
  const written = canonicalJson(testbed.resolved);
  return /"command":/.test(written) ? "a program that is not ours plays a role" : undefined;
}

/** The points with their addresses. */
async function withKeys(
  points: readonly PlannedPoint[],
  circumstances: Circumstances,
): Promise<readonly PlannedPoint[]> {
  const captures = new Map<string, Promise<string>>();
  const digest = (file: string): Promise<string> => {
    const known = captures.get(file) ?? fileDigest(file).catch(() => ""); // of what cannot be read trials fail
    captures.set(file, known);
    return known;
  };
  return Promise.all(
    points.map(async (point) => {
      const files = await Promise.all(filesOf(point).map(({ file }) => digest(file)));
      const capture = files.length === 0 ? {} : { capture: files.join(" ") };
      const key = sha256(canonicalJson({ circumstances, point: point.id, ...capture }));
      return { ...point, ...capture, key };
    }),
  );
}

/** Parameters that may name a file, and what it is. */
const FILES = { "traffic.pcap": "capture", "traffic.frame_size.pcap": "capture", rules: "rule file" } as const;

function filesOf({ resolved }: PlannedPoint): readonly { readonly kind: string; readonly file: string }[] {
  const values = flatten(resolved);
  return Object.entries(FILES).flatMap(([name, kind]) => {
    const file = values[name];
    return typeof file === "string" ? [{ kind, file }] : [];
  });
}

/** What has other content than when the same point was measured before: `capture`, `rule file`. */
export function changedFile(point: PlannedPoint, before: PlannedPoint): string | undefined {
  const [now, then] = [point, before].map(({ capture = "" }) => capture.split(" "));
  return filesOf(point).find((_, index) => now?.[index] !== then?.[index])?.kind;
}

function addonDigestOf(addon: unknown): string | undefined {
  if (typeof addon !== "object" || addon === null || !("digest" in addon)) return undefined;
  return typeof addon.digest === "string" ? addon.digest : undefined;
}

/** What agents inherit of ours, such as arguments of EAL. */
function ownVariables(): Readonly<Record<string, string>> {
  const own = Object.entries(process.env).filter(([name]) => name.startsWith("NICBENCH_") && name !== "NICBENCH_REUSE");
  return Object.fromEntries(own.map(([name, value]) => [name, value ?? ""]));
}

function prefixed<T>(prefix: string, facts: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [`${prefix} ${name}`, value]));
}
