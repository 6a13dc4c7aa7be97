/** What one trial of `forwarding` measured: of the metrics of `conntrack`, those that know of no flows. */
import { conntrackMetrics, frameMetrics } from "../conntrack/metrics.js";
import { searchMetrics } from "../search/metrics.js";
import type { ForwardingTrialResult } from "../../agent/protocol.js";
import type { MetricDefinition } from "../../results/model.js";

const SHARED =
  /^(forwarding_rate|link_rate|loss_ratio|cycles_per_frame|latency_.*|offered_rate|intended_rate|.*_error(_.*)?|reordered_ratio|duplicated)$/;

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
