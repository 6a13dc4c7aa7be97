/**
 * `forwarding`: how many frames a second does a wire carry, and what does it cost the program at its end?
 *
 * A generator sends frames over the wire to a DUT that does the least there is, exchanging the MAC addresses, and sends
 * them back to a sink. So what is compared is the way in and out of a program: a ring in memory, sockets, libpcap,
 * AF_PACKET, AF_XDP, DPDK.
 */
import { didYouMean } from "../yaml/nearest.js";
import { quote } from "../yaml/problems.js";
import { measureApart } from "./forwarding/ends.js";
import { forwardingMetrics } from "./forwarding/metrics.js";
import { forwardingParameters } from "./forwarding/parameters.js";
import { measureProgram } from "./forwarding/program.js";
import { outcomeOf, trialConfig } from "./forwarding/trial.js";
import { groupMetrics } from "./traffic/groups.js";
import { areApart } from "./ports.js";
import { measurementOf } from "./search/measurement.js";
import { expectedMeasurements, runAtRate } from "./search/rate.js";
import type { Experiment, HostsOfPoint, TrialContext, TrialOutcome } from "./experiment.js";
import type { ForwardingParameters } from "./forwarding/parameters.js";
import type { ForwardingTrialResult, NativeInfo } from "../agent/protocol.js";
import type { TrafficRate } from "./traffic/parameters.js";

export const forwarding: Experiment<ForwardingParameters> = {
  name: "forwarding",
  title: "Forwarding",
  description: "Forwarding rate, latency and cost of wires: ring, sockets, libpcap, AF_PACKET, AF_XDP, DPDK.",
  parameters: forwardingParameters,
  roles: ["generator", "dut"],
  programs: ["dut"],
  metrics: forwardingMetrics,
  metricsOfPoints: (points) => groupMetrics(forwardingMetrics, points),
  primaryMetric: "forwarding_rate",
  cannotRun,
  measurements: expectedMeasurements,
  generatorWire: ({ wire = "ring", tester_wire }, roles) => (areApart(roles) ? undefined : (tester_wire ?? wire)),
  runTrial,
};

async function runTrial(context: TrialContext<ForwardingParameters>): Promise<TrialOutcome> {
  return runAtRate(context, async (rate, durationSeconds) => {
    const result = await measure(context, rate, durationSeconds);
    return measurementOf(result, outcomeOf(result));
  });
}

async function measure(
  context: TrialContext<ForwardingParameters>,
  rate: TrafficRate,
  durationSeconds: number,
): Promise<ForwardingTrialResult> {
  if (context.programs?.["dut"] !== undefined) return measureProgram(context, rate, durationSeconds);
  if (areApart(context.roles)) return measureApart(context, rate, durationSeconds);
  const limit = context.warmupSeconds + durationSeconds + context.graceSeconds;
  return context.agent("dut").call("forwarding.run", trialConfig({ ...context, durationSeconds }, rate), limit);
}

function cannotRun(
  { wire, tester_wire, slowdown, mishap }: ForwardingParameters,
  { native, roles, programs }: HostsOfPoint,
): string | undefined {
  if (!areApart(roles)) {
    return wireProblem(wire, native) ?? (bringsBothEnds(wire, native) ? undefined : wireProblem(tester_wire, native));
  }
  const useless = Object.entries({ wire, tester_wire, slowdown, mishap }).find(([, value]) => value !== undefined);
  if (useless !== undefined) {
    return `The testbed says which ports join generator and DUT, so '${useless[0]}' cannot: it is for testbeds with a ring.`;
  }
  return programs?.["dut"] === undefined ? portProblem(roles["dut"]?.io, native) : undefined;
}

function bringsBothEnds(wire: string | undefined, native: NativeInfo): boolean {
  return native.available && native.wires.some(({ name, ends }) => name === wire && ends === "itself");
}

/** Why a trial on this host cannot make the wire's ends and use them, or undefined if it can. */
export function wireProblem(wire: string | undefined, native: NativeInfo): string | undefined {
  const problem = portProblem(wire, native);
  if (problem !== undefined || !native.available) return problem;
  const needsDevices = native.wires.some(({ name, ends }) => name === wire && ends === "devices");
  return needsDevices ? `The wire ${wire} needs devices, and this trial makes none: use ${wire}-memif.` : undefined;
}

/** Why a port of this host cannot be of the wire, or undefined if it can. */
export function portProblem(wire: string | undefined, native: NativeInfo): string | undefined {
  if (!native.available) return native.reason;
  const found = native.wires.find(({ name }) => name === wire);
  if (wire === undefined) return undefined;
  if (found?.lacks !== undefined) return `The wire ${wire} lacks ${found.lacks}`;
  if (found !== undefined) return undefined;
  const names = native.wires.map(({ name }) => name);
  return `This host's addon has no wire ${quote(wire)}${didYouMean(wire, names) || "."} It has ${names.join(", ")}.`;
}
