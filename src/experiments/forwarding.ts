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
import { withDoubt } from "./conntrack/verdict.js";
import { coresProblem, OVERSUBSCRIBED, tookTurns, workersOf } from "./cores.js";
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
  const outcome = await runAtRate(context, async (rate, durationSeconds) => {
    const result = await measure(context, rate, durationSeconds);
    return measurementOf(result, outcomeOf(result));
  });
  if (context.programs?.["dut"] !== undefined) return outcome;
  const cores = workersOf(context.point.cores, context.roles);
  return tookTurns({ cores }, context.roles["dut"]) ? withDoubt(outcome, OVERSUBSCRIBED) : outcome;
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

function cannotRun(point: ForwardingParameters, hosts: HostsOfPoint): string | undefined {
  return carriageProblem(point, hosts) ?? timestampsProblem(point, hosts);
}

function carriageProblem(point: ForwardingParameters, hosts: HostsOfPoint): string | undefined {
  const { wire, tester_wire, slowdown, mishap, oversubscribe } = point;
  const { native, roles, programs } = hosts;
  const cores = workersOf(point.cores, roles);
  if (!areApart(roles)) {
    const tester = bringsBothEnds(wire, native) ? undefined : tester_wire;
    return (
      wireProblem(wire, native, cores) ??
      wireProblem(tester, native, cores) ??
      coresProblem({ cores, oversubscribe }, roles["dut"])
    );
  }
  const useless = Object.entries({ wire, tester_wire, slowdown, mishap }).find(([, value]) => value !== undefined);
  if (useless !== undefined) {
    return `The testbed says which ports join generator and DUT, so '${useless[0]}' cannot: it is for testbeds with a ring.`;
  }
  if (programs?.["dut"] !== undefined) {
    return point.cores === undefined
      ? undefined
      : "The DUT is a program of the testbed, whose command says how many cores it has: 'cores' cannot.";
  }
  return (
    portProblem(roles["dut"]?.io, native) ??
    queuesProblem(cores, roles) ??
    coresProblem({ cores, oversubscribe }, roles["dut"])
  );
}

function queuesProblem(cores: number, roles: HostsOfPoint["roles"]): string | undefined {
  const short = Object.entries(roles).find(([, { queues = 1 }]) => queues < cores);
  if (short === undefined) return undefined;
  const [role, { queues = 1 }] = short;
  return (
    `The DUT is to forward on ${cores} cores, which takes as many queues at both ends, and the testbed's port of ` +
    `${role} has ${queues}: write queues: ${cores} beside its io, which may be any but ring and libpcap.`
  );
}

function timestampsProblem(point: ForwardingParameters, { native, roles }: HostsOfPoint): string | undefined {
  const { timestamps, wire = "ring", tester_wire } = point;
  if (timestamps === undefined || !native.available) return undefined;
  const name = areApart(roles) ? roles["generator"]?.io : bringsBothEnds(wire, native) ? wire : (tester_wire ?? wire);
  if (native.wires.some((each) => each.name === name && each.timestamps === timestamps)) return undefined;
  const others = native.wires.filter((each) => each.timestamps === timestamps).map((each) => each.name);
  return `The wire ${name} does not say when a frame came, as timestamps: ${timestamps} asks; use ${others.join(", ")} at the generator's end.`;
}

function bringsBothEnds(wire: string | undefined, native: NativeInfo): boolean {
  return native.available && native.wires.some(({ name, ends }) => name === wire && ends === "itself");
}

/** Why a trial on this host cannot make the wire's ends and use them, or undefined if it can. */
export function wireProblem(wire: string | undefined, native: NativeInfo, cores = 1): string | undefined {
  const problem = portProblem(wire, native);
  if (problem !== undefined || !native.available) return problem;
  const found = native.wires.find(({ name }) => name === wire);
  if (found?.ends === "devices") {
    return `The wire ${wire} needs devices, and this trial makes none: use memif or ${wire}-memif.`;
  }
  const { queues = 1 } = found ?? { queues: cores };
  if (queues >= cores) return undefined;
  const others = native.wires.filter((each) => (each.queues ?? 1) >= cores && each.ends !== "devices");
  return (
    `A port of the wire ${wire} has ${queues === 1 ? "1 queue" : `${queues} queues`}, for as many cores, and the point ` +
    `asks for ${cores}; use ${others.map(({ name }) => name).join(", ")}.`
  );
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
