/** Did the frames of a rate leave when they were due? Of all experiments with a generator. */
import { formatQuantity } from "../../units.js";
import { valueAtPercentile } from "../../statistics/hdr.js";
import type { ConntrackTrialResult } from "../../agent/protocol.js";
import type { MetricDefinition } from "../../results/model.js";

/** How far the offered load may be from the intended one, as a share of it. */
const MAX_OFFERED_ERROR = 0.001;

/**
 * How late 1 % of the frames may leave, in ns. Later, the DUT gets bursts that nobody asked for, and percentiles of
 * latency, which counts from when a frame was due, are about the generator.
 */
const MAX_SEND_ERROR_P99 = 100_000;

type PacedResult = Pick<ConntrackTrialResult, "pacingErrors">;

const PERCENTILES = [
  ["p50", 50],
  ["p99", 99],
  ["max", 100],
] as const;

export const pacingMetrics: readonly MetricDefinition[] = [
  {
    name: "offered_error",
    title: "Error of offered load",
    unit: "ratio",
    better: "lower",
    description: "Distance of the offered load from the intended one, as a share of the latter; none at full load.",
  },
  ...PERCENTILES.map(([name, percentile]) =>
    lateness(`pacing_error_${name}`, `Pacing error ${name === "max" ? "maximum" : name}`, percentile),
  ),
  {
    name: "departure_error_p99",
    title: "Inter-departure error p99",
    unit: "ns",
    better: "lower",
    description: "Of 99 % of the frames, the time since the frame before was no farther from the intended time.",
  },
];

/** None at full load. */
export function pacingValues({ pacingErrors }: PacedResult): Readonly<Record<string, number>> {
  if (pacingErrors === undefined) return {};
  const { offered, send, departure } = pacingErrors;
  const values: readonly (readonly [string, number | undefined])[] = [
    ["offered_error", offered],
    ...PERCENTILES.map(([name, percentile]) => [`pacing_error_${name}`, valueAtPercentile(send, percentile)] as const),
    ["departure_error_p99", valueAtPercentile(departure, 99)],
  ];
  return Object.fromEntries(values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** Why the generator, by its own times, was not up to the load; undefined if it was, and at full load. */
export function pacingProblem({ pacingErrors }: PacedResult): string | undefined {
  if (pacingErrors === undefined) return undefined;
  const { offered, send } = pacingErrors;
  if (offered > MAX_OFFERED_ERROR) {
    const [was, most] = [offered, MAX_OFFERED_ERROR].map((share) => formatQuantity(share, "ratio"));
    return `The offered load was off the intended one by ${was}; ${most} is the most that passes.`;
  }
  const late = valueAtPercentile(send, 99) ?? 0;
  if (late <= MAX_SEND_ERROR_P99) return undefined;
  const [was, most] = [late, MAX_SEND_ERROR_P99].map((ns) => formatQuantity(ns, "ns"));
  return `1 % of the frames left the generator ${was} late or more; ${most} is the most that passes.`;
}

function lateness(name: string, title: string, percentile: number): MetricDefinition {
  const which = percentile === 100 ? "All frames" : `${percentile} % of the frames`;
  const description = `${which} left no later than this after they were due: the wire had taken them.`;
  return { name, title, unit: "ns", better: "lower", description };
}
