/** The traffic that a suite sends at one of its points. */
import { experiments } from "../experiments/registry.js";
import { trafficConfig } from "../experiments/traffic/config.js";
import { searchableTrafficSchema } from "../experiments/traffic/parameters.js";
import { UserError } from "../errors.js";
import { loadSuite } from "../suite/load.js";
import { suiteFile } from "./files.js";
import type { TrafficConfig } from "../agent/protocol.js";
import type { SuitePoint } from "../suite/model.js";

export interface PointFlags {
  readonly tag?: readonly string[];
  readonly set?: readonly string[];
  /** Id of a point, or how it begins. */
  readonly point?: string;
  readonly seed?: number;
}

const SHOWN = 8;

/**
 * Without `point`, of a suite that sends the same at all of its points.
 *
 * @throws {UserError} the loader's, `POINT_UNKNOWN`, `POINT_MISSING`, `NO_TRAFFIC`
 */
export async function trafficOfSuite(name: string, flags: PointFlags): Promise<TrafficConfig> {
  const file = suiteFile(name);
  const suite = await loadSuite(file, { experiments, tags: flags.tag ?? [], set: flags.set ?? [] });
  const points = suite.points.filter(({ id }) => id.startsWith(flags.point ?? ""));
  if (points.length === 0) {
    throw new UserError("POINT_UNKNOWN", `${file} has no point ${flags.point}.`, `It has:\n${pointList(suite.points)}`);
  }
  const [first, ...others] = points.map((point) => trafficOf(point, file, flags.seed ?? suite.seed ?? 1));
  if (first !== undefined && others.every((other) => JSON.stringify(other) === JSON.stringify(first))) return first;
  throw new UserError(
    "POINT_MISSING",
    `${file} sends different traffic at its ${points.length} points.`,
    `Choose one with --point:\n${pointList(points)}`,
  );
}

function trafficOf({ resolved }: SuitePoint, file: string, seed: number): TrafficConfig {
  const { traffic } = resolved as { readonly traffic?: unknown };
  const parsed = searchableTrafficSchema.safeParse(traffic);
  if (!parsed.success || traffic === undefined) {
    const hint = "Suites of conntrack and of forwarding have profiles or captures: nicbench list suites";
    throw new UserError("NO_TRAFFIC", `The experiment of ${file} has no traffic with a profile or a capture.`, hint);
  }
  const { rate } = parsed.data;
  return trafficConfig({ traffic: parsed.data }, rate === "search" ? "max" : rate, seed);
}

function pointList(points: readonly SuitePoint[]): string {
  const lines = points.slice(0, SHOWN).map(({ id, params }) => {
    return `  ${id}  ${Object.entries(params)
      .map(([key, value]) => `${key}=${value}`)
      .join(" ")}`;
  });
  return [...lines, ...(points.length > SHOWN ? [`  … and ${points.length - SHOWN} more`] : [])].join("\n");
}
