/** Hand-made runs for the tests of this folder: points with one interval a metric, as a summary holds them. */
import { parseClaims } from "../../src/paper/language/claim.js";
import { evaluateClaims, type ClaimResult } from "../../src/paper/claims/evaluate.js";
import type { ReferenceTable } from "../../src/paper/reference/table.js";
import type { MetricSummary, Params, PointSummary, RunManifest, Summary, Unit } from "../../src/results/model.js";
import { parseYaml } from "../../src/yaml/read.js";
import { plain } from "../../src/yaml/located.js";

export const UNITS: Readonly<Record<string, Unit>> = {
  forwarding_rate: "frames/s",
  link_rate: "bit/s",
  loss_ratio: "ratio",
  latency_p50: "ns",
  latency_p99: "ns",
  insert_cost: "cycles",
  lookup_cost: "cycles",
  insert_rate: "rules/s",
  update_rate: "rules/s",
  dip_seconds: "s",
  bytes_per_entry: "bytes",
  live_flows: "count",
};

export const METRICS = Object.entries(UNITS).map(([name, unit]) => ({ name, unit }));

/** A median with an interval of this half width, as a share of it. */
export interface Value {
  readonly value: number;
  readonly spread?: number;
  readonly n?: number;
}

export interface PointOptions {
  readonly status?: PointSummary["status"];
  readonly reason?: string;
  readonly flags?: readonly string[];
}

/** A number stands for a median of 8 trials within 1 %. */
export function point(
  params: Params,
  metrics: Readonly<Record<string, number | Value>>,
  { status = "ok", reason, flags = [] }: PointOptions = {},
): PointSummary {
  const summaries = Object.entries(metrics).map(([name, value]) => [name, summaryOf(UNITS[name] ?? "count", value)]);
  return {
    id: JSON.stringify(params),
    params,
    status,
    ...(reason === undefined ? {} : { reason }),
    flags,
    metrics: Object.fromEntries(summaries) as PointSummary["metrics"],
  };
}

function summaryOf(unit: Unit, written: number | Value): MetricSummary {
  const { value, spread = 0.01, n = 8 } = typeof written === "number" ? { value: written } : written;
  const [low, high] = [value * (1 - spread), value * (1 + spread)];
  return { unit, better: "higher", n, median: value, ci95: [low, high], min: low, max: high };
}

export function summary(points: readonly PointSummary[]): Summary {
  return {
    schema: 1,
    run: "test",
    suite: "test",
    testbed: "local",
    seed: 1,
    outcome: "complete",
    trials: { ok: points.length, suspect: 0, failed: 0, skipped: 0 },
    points,
    claims: [],
  };
}

/** The part of a manifest that claims read: what all points share. */
export function manifest(points: readonly PointSummary[], fixed: object): RunManifest {
  const planned = points.map(({ id, params }) => ({ id, params, resolved: { ...fixed, ...params } }));
  return { points: planned } as unknown as RunManifest;
}

/** The verdict on one expectation, written as in a suite. */
export function judge(
  expect: string,
  points: readonly PointSummary[],
  options: {
    readonly where?: string;
    readonly fixed?: object;
    readonly ignore?: readonly string[];
    readonly references?: ReadonlyMap<string, ReferenceTable>;
  } = {},
): ClaimResult {
  const where = options.where === undefined ? {} : { where: yaml(options.where) };
  const ignore = options.ignore ?? [];
  const claims = parseClaims([{ id: "X1", says: "a test", expect: yaml(expect), ignore, ...where }]);
  const shared = options.fixed === undefined ? undefined : manifest(points, options.fixed);
  const [result] = evaluateClaims(claims, summary(points), shared, options.references);
  if (result === undefined) throw new Error("no result");
  return result;
}

export function yaml(text: string): unknown {
  const { node, problems } = parseYaml(text, { source: "test", line: 1, column: 1 });
  if (node === undefined || problems.length > 0) throw new Error(problems.map(({ message }) => message).join("\n"));
  return plain(node);
}
