/** What one trial of `conntrack` measured, in the words that all experiments share. */
import type { ConntrackTrialResult } from "../../agent/protocol.js";
import type { LatencyHistogram, MetricDefinition } from "../../results/model.js";
import { valueAtPercentile } from "../../statistics/hdr.js";
import { groupValues } from "../traffic/groups.js";
import { pacingMetrics, pacingValues } from "./pacing.js";

/** Preamble, start delimiter and least gap around each frame: IEEE 802.3, clause 4.2.7. */
const WIRE_OVERHEAD_BYTES = 20;

const PERCENTILES = [
  ["latency_p50", 50],
  ["latency_p95", 95],
  ["latency_p99", 99],
  ["latency_p999", 99.9],
] as const;

const STAGES = [
  ["parse", "parsing headers"],
  ["lookup", "finding the flow"],
  ["insert", "entering new flows"],
  ["expiry", "looking for flows that are over"],
  ["rest", "states, counters and rewriting"],
] as const;

export const conntrackMetrics: readonly MetricDefinition[] = [
  {
    name: "forwarding_rate",
    title: "Forwarding rate",
    unit: "frames/s",
    better: "higher",
    description: "Frames a second that came back from the DUT, at whatever loss (RFC 2285, section 3.6.1).",
  },
  {
    name: "link_rate",
    title: "Link rate",
    unit: "bit/s",
    better: "higher",
    description: "The same on a wire: with FCS and the 20 bytes of preamble and gap that each frame takes.",
  },
  {
    name: "loss_ratio",
    title: "Loss ratio",
    unit: "ratio",
    better: "lower",
    description: "Share of the sent frames that did not come back (RFC 1242, section 3.6).",
  },
  {
    name: "cycles_per_frame",
    title: "Cycles per frame",
    unit: "cycles",
    better: "lower",
    description: "TSC cycles that the DUT was busy, a frame; polls that found no frame do not count.",
  },
  ...PERCENTILES.map(([name, percentile]) => latency(name, `Latency p${percentile}`, `${percentile} % of the probes`)),
  latency("latency_max", "Latency maximum", "All probes"),
  {
    name: "offered_rate",
    title: "Offered load",
    unit: "frames/s",
    better: "neither",
    description: "Frames a second that were really sent (RFC 2285, section 3.5.2).",
  },
  {
    name: "intended_rate",
    title: "Intended load",
    unit: "frames/s",
    better: "neither",
    description: "Frames a second that were to be sent (RFC 2285, section 3.5.1); none at full load.",
  },
  ...pacingMetrics,
  {
    name: "reordered_ratio",
    title: "Reordered",
    unit: "ratio",
    better: "lower",
    description:
      "Share of the probes that came after one sent later (RFC 4737, section 3.3), whatever their flows: cores that share " +
      "the work reorder frames of different flows.",
  },
  {
    name: "duplicated",
    title: "Duplicated probes",
    unit: "count",
    better: "lower",
    description: "Copies of probes that had come before.",
  },
  {
    name: "live_flows",
    title: "Live flows",
    unit: "count",
    better: "neither",
    description: "Entries in the table at the end of the trial.",
  },
  flowRate("new_flow_rate", "New flows", "Flows a second that the tracker created."),
  flowRate(
    "closed_flow_rate",
    "Closed flows",
    "Flows a second that left after their protocol had ended them: an RST, or FINs from both ends. Others expire.",
  ),
  flowRate(
    "expired_flow_rate",
    "Expired flows",
    "Flows a second that were forgotten after their timeout, without having ended.",
  ),
  flowRate(
    "failed_flow_rate",
    "Failed flows",
    "New flows a second that were refused: no room, no port, or a tuple in use.",
  ),
  {
    name: "bytes_per_entry",
    title: "Bytes per entry",
    unit: "bytes",
    better: "lower",
    description: "Memory of the table, with empty slots, a live flow.",
  },
  {
    name: "bytes_per_flow",
    title: "Bytes per flow",
    unit: "bytes",
    better: "lower",
    description: "Memory of the tracker, a live flow: the table, states and keys, with what is free.",
  },
  {
    name: "imbalance",
    title: "Imbalance of cores",
    unit: "ratio",
    better: "lower",
    description: "Frames of the core that had most, over the mean of all cores, less 1: 0 is an even spread.",
  },
  ...STAGES.map(([stage, what]): MetricDefinition => {
    const title = `Cycles: ${stage}`;
    const description = `TSC cycles a frame for ${what}, from sampled bursts, less what reading the clock costs.`;
    return { name: `cycles_${stage}`, title, unit: "cycles", better: "lower", description };
  }),
];

/** What is known of frames, whatever the DUT did with them. */
export type FrameResult = Pick<
  ConntrackTrialResult,
  | "frames"
  | "seconds"
  | "sendingSeconds"
  | "receivedBytes"
  | "intendedRate"
  | "pacingErrors"
  | "probesReceived"
  | "probesReordered"
  | "probesDuplicated"
  | "latency"
  | "groups"
  | "dutFrames"
  | "dutBusyCycles"
>;

/**
 * Metrics that cannot be computed are left out: no latency without probes, no cost without frames.
 *
 * @param result of a trial in which frames were sent
 */
export function frameMetrics(result: FrameResult): Readonly<Record<string, number>> {
  const { dutFrames, dutBusyCycles } = result; // A DUT that is not ours does not tell its cycles.
  return {
    ...wireMetrics(result),
    ...pacingValues(result),
    ...orderOfProbes(result),
    ...groupValues(result),
    ...(dutFrames === 0 || dutBusyCycles === 0 ? {} : { cycles_per_frame: dutBusyCycles / dutFrames }),
  };
}

/** Of what the tester alone sees. */
export function wireMetrics(
  result: Pick<FrameResult, "frames" | "seconds" | "sendingSeconds" | "receivedBytes" | "intendedRate" | "latency">,
): Readonly<Record<string, number>> {
  const { frames, seconds, sendingSeconds = seconds } = result;
  return {
    forwarding_rate: frames.received / seconds,
    link_rate: linkRate(result.receivedBytes, frames.received, seconds),
    offered_rate: frames.sent / sendingSeconds,
    ...(result.intendedRate === "max" ? {} : { intended_rate: result.intendedRate }),
    loss_ratio: (frames.sent - frames.received) / frames.sent,
    ...latencies(result.latency),
  };
}

export function computeMetrics(result: ConntrackTrialResult): Readonly<Record<string, number>> {
  const { seconds, liveFlows } = result;
  return {
    ...frameMetrics(result),
    live_flows: liveFlows,
    new_flow_rate: result.newFlows / seconds,
    ...failedFlows(result),
    ...(result.closedFlows === undefined ? {} : { closed_flow_rate: result.closedFlows / seconds }),
    ...(result.expiredFlows === undefined ? {} : { expired_flow_rate: result.expiredFlows / seconds }),
    ...(liveFlows === 0 ? {} : { bytes_per_entry: result.tableBytes / liveFlows }),
    ...(liveFlows === 0 || result.trackerBytes === undefined
      ? {}
      : { bytes_per_flow: result.trackerBytes / liveFlows }),
    ...imbalance(result),
    ...stages(result),
  };
}

function orderOfProbes(result: FrameResult): Readonly<Record<string, number>> {
  const { probesReceived, probesReordered, probesDuplicated } = result;
  return {
    ...(probesReordered === undefined || probesReceived === 0
      ? {}
      : { reordered_ratio: probesReordered / probesReceived }),
    ...(probesDuplicated === undefined ? {} : { duplicated: probesDuplicated }),
  };
}

/** Of frames whose sizes, with FCS, add up to `bytes`. */
function linkRate(bytes: number, frames: number, seconds: number): number {
  return ((bytes + frames * WIRE_OVERHEAD_BYTES) * 8) / seconds;
}

function latencies(histogram: LatencyHistogram): Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const [name, percentile] of [...PERCENTILES, ["latency_max", 100] as const]) {
    const value = valueAtPercentile(histogram, percentile);
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/**
 * Readings of the clock are as many in each of the five stages, but for those around inserts: an equal part of their cost
 * is taken from each.
 */
function stages({ cycleSplit: split }: ConntrackTrialResult): Readonly<Record<string, number>> {
  if (split === undefined || split.frames === 0) return {};
  const reading = (split.clockReads * split.clockReadCycles) / STAGES.length;
  return Object.fromEntries(
    STAGES.map(([stage]) => [`cycles_${stage}`, Math.max(0, split[stage] - reading) / split.frames]),
  );
}

/** Causes for which a new flow is refused; each refusal drops its frame. */
export const REFUSALS = ["table full", "ports exhausted", "tuple in use"];

function failedFlows({ frameCauses, seconds }: ConntrackTrialResult): Readonly<Record<string, number>> {
  if (frameCauses === undefined) return {};
  return { failed_flow_rate: REFUSALS.reduce((sum, cause) => sum + (frameCauses[cause] ?? 0), 0) / seconds };
}

function imbalance({ workers = [], dutFrames }: ConntrackTrialResult): Readonly<Record<string, number>> {
  if (workers.length < 2 || dutFrames === 0) return {};
  return { imbalance: (Math.max(...workers.map(({ frames }) => frames)) * workers.length) / dutFrames - 1 };
}

function flowRate(name: string, title: string, description: string): MetricDefinition {
  return { name, title, unit: "flows/s", better: "neither", description };
}

function latency(name: string, title: string, which: string): MetricDefinition {
  const description = `${which} took no longer from generator to sink (at full load: the time in full queues).`;
  return { name, title, unit: "ns", better: "lower", description };
}
