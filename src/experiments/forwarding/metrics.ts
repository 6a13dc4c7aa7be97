/** What one trial of `forwarding` measured: of the metrics of `conntrack`, those that know of no flows. */
import { conntrackMetrics, frameMetrics } from "../conntrack/metrics.js";
import type { ForwardingTrialResult } from "../../agent/protocol.js";
import type { MetricDefinition } from "../../results/model.js";

const SHARED =
  /^(forwarding_rate|link_rate|loss_ratio|cycles_per_frame|latency_.*|offered_rate|intended_rate|.*_error(_.*)?|reordered_ratio|duplicated)$/;

/** Of trials with `traffic.rate: search` only. */
const searchMetrics: readonly MetricDefinition[] = [
  {
    name: "throughput",
    title: "Throughput",
    unit: "frames/s",
    better: "higher",
    description: "Highest rate that the search found at which no frame was lost (RFC 1242, section 3.17).",
  },
  {
    name: "conditional_throughput",
    title: "Conditional throughput",
    unit: "frames/s",
    better: "higher",
    description:
      "Frames a second that came back at the highest load that lost no more than the search's loss ratio (RFC 9971).",
  },
  {
    name: "search_trials",
    title: "Trials of the search",
    unit: "count",
    better: "lower",
    description: "Measurements that the search made.",
  },
  {
    name: "search_seconds",
    title: "Time of the search",
    unit: "s",
    better: "lower",
    description: "Time that the search took, set-up and drain of its trials included.",
  },
];

export const forwardingMetrics: readonly MetricDefinition[] = [
  ...searchMetrics,
  ...conntrackMetrics.filter(({ name }) => SHARED.test(name)),
  {
    name: "dut_busy",
    title: "DUT busy",
    unit: "ratio",
    better: "neither",
    description:
      "Share of its time in which the DUT had frames to move. Below 1 at full load, the generator set the pace.",
  },
];

export function computeMetrics(result: ForwardingTrialResult): Readonly<Record<string, number>> {
  const { dutBusyCycles, dutTotalCycles } = result;
  return {
    ...frameMetrics(result),
    ...(dutTotalCycles === 0 ? {} : { dut_busy: dutBusyCycles / dutTotalCycles }),
  };
}
