/**
 * `forwarding`: how many frames a second does a wire carry, and what does it cost the program at its end?
 *
 * A generator sends frames over the wire to a DUT that does the least there is, exchanging the MAC addresses, and sends
 * them back to a sink. So what is compared is the way in and out of a program: a ring in memory, sockets, libpcap,
 * AF_PACKET, AF_XDP, DPDK.
 */
import { didYouMean } from "../yaml/nearest.js";
import { forwardingMetrics } from "./forwarding/metrics.js";
import { forwardingParameters } from "./forwarding/parameters.js";
import { expectedTrials, searchRate } from "./forwarding/search.js";
import { outcomeOf, trialConfig } from "./forwarding/trial.js";
import type { Experiment, TrialContext, TrialOutcome } from "./experiment.js";
import type { ForwardingParameters } from "./forwarding/parameters.js";
import type { ForwardingTrialResult, NativeInfo } from "../agent/protocol.js";

export const forwarding: Experiment<ForwardingParameters> = {
  name: "forwarding",
  title: "Forwarding",
  description: "Forwarding rate, latency and cost of wires: ring, sockets, libpcap, AF_PACKET, AF_XDP, DPDK.",
  parameters: forwardingParameters,
  roles: ["generator", "dut"],
  metrics: forwardingMetrics,
  primaryMetric: "forwarding_rate",
  cannotRun: ({ wire, tester_wire }, { native }) =>
    wireProblem(wire, native) ?? (bringsBothEnds(wire, native) ? undefined : wireProblem(tester_wire, native)),
  measurements: expectedTrials,
  runTrial,
};

async function runTrial(context: TrialContext<ForwardingParameters>): Promise<TrialOutcome> {
  const { point, warmupSeconds, graceSeconds } = context;
  const measure = (rate: number | "max", durationSeconds: number): Promise<ForwardingTrialResult> => {
    const limit = warmupSeconds + durationSeconds + graceSeconds;
    return context.agent("dut").call("forwarding.run", trialConfig({ ...context, durationSeconds }, rate), limit);
  };
  const { rate } = point.traffic;
  return rate === "search" ? searchRate(context, measure) : outcomeOf(await measure(rate, context.durationSeconds));
}

function bringsBothEnds(wire: string, native: NativeInfo): boolean {
  return native.available && native.wires.some(({ name, ends }) => name === wire && ends === "itself");
}

function wireProblem(wire: string | undefined, native: NativeInfo): string | undefined {
  if (!native.available) return native.reason;
  const found = native.wires.find(({ name }) => name === wire);
  if (wire === undefined) return undefined;
  if (found?.lacks !== undefined) return `The wire ${wire} lacks ${found.lacks}`;
  if (found?.ends === "devices") return `The wire ${wire} needs devices, and this trial makes none: use ${wire}-memif.`;
  if (found !== undefined) return undefined;
  const names = native.wires.map(({ name }) => name);
  return `This host's addon has no wire '${wire}'${didYouMean(wire, names)} It has ${names.join(", ")}.`;
}
