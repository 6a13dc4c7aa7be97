/**
 * `gateway`: a stateful gateway in the words of RFC 9693 (Benchmarking Methodology for Stateful NATxy Gateways).
 *
 * Phase 1 opens connections in an empty tracker, phase 2 validates that each of them is known, or measures on known
 * connections only. An experiment of its own, beside `conntrack`: there traffic is a steady mix of flows that come and
 * go, and a warm-up makes them known; here the phases are what is measured.
 */
import { tableProblem } from "./conntrack.js";
import { memoryProblem } from "./gateway/memory.js";
import { computeMetrics, gatewayMetrics } from "./gateway/metrics.js";
import { gatewayParameters, isOverWire, type GatewayParameters } from "./gateway/parameters.js";
import { doubtsOf, judge } from "./gateway/verdict.js";
import { expectedMeasurements, runAtRate } from "./search/rate.js";
import type { Experiment, TrialContext, TrialOutcome } from "./experiment.js";
import type { Measurement } from "./search/measurement.js";
import type { GatewayTrialConfig, GatewayTrialResult, TrackerConfig } from "../agent/protocol.js";

export const gateway: Experiment<GatewayParameters> = {
  name: "gateway",
  title: "Stateful gateway",
  description:
    "Connection establishment and tear-down rates, connection-tracking-table capacity, and throughput on established " +
    "connections (RFC 9693).",
  parameters: gatewayParameters,
  roles: ["generator", "dut"],
  oneProcess: true,
  metrics: gatewayMetrics,
  primaryMetric: "establishment_rate",
  cannotRun: (point, { native, facts }) =>
    tableProblem({ table: point.table, sharing: "sharded" }, native) ?? memoryProblem(point, facts),
  measurements: expectedMeasurements,
  runTrial,
};

async function runTrial(context: TrialContext<GatewayParameters>): Promise<TrialOutcome> {
  return runAtRate(context, async (rate, durationSeconds) => {
    const config = trialConfig({ ...context, durationSeconds }, rate);
    const limit = context.warmupSeconds + durationSeconds + context.graceSeconds + phaseSeconds(config);
    return measurementOf(config, await context.agent("dut").call("gateway.run", config, limit));
  });
}

/** Alone, a tracker is offered no frames, and nothing is searched for. */
function measurementOf(config: GatewayTrialConfig, result: GatewayTrialResult): Measurement {
  const { frames, seconds, generatorLimited } = result.wire ?? NO_WIRE;
  const offeredRate = frames.sent / seconds;
  return { frames, offeredRate, generatorLimited, outcome: outcomeOf(config, result), doubts: doubtsOf(result) };
}

const NO_WIRE = { frames: { sent: 0, received: 0 }, seconds: 1, generatorLimited: false };

export function trialConfig(
  { point, seed, warmupSeconds, durationSeconds, roles }: TrialContext<GatewayParameters>,
  rate: number | "max",
): GatewayTrialConfig {
  const { table, test, capacity, probe_every, ring, traffic } = point;
  return {
    table,
    test,
    overWire: isOverWire(point),
    capacity: capacity ?? traffic.connections,
    traffic: { connections: offered(point), frameSize: traffic.frame_size, rate, seed },
    tracker: trackerConfig(point),
    warmupSeconds,
    durationSeconds,
    probeEvery: probe_every,
    ringSize: ring,
    generatorCpu: roles["generator"]?.cpus[0] ?? -1,
    dutCpu: roles["dut"]?.cpus[0] ?? -1,
  };
}

/** Tables round their size up; none holds twice what it was asked for. */
const TRIED_OVER_CAPACITY = 2;

function offered({ test, capacity, traffic }: GatewayParameters): number {
  return test === "capacity" ? (capacity ?? traffic.connections) * TRIED_OVER_CAPACITY : traffic.connections;
}

/** No connection may time out in a trial. */
const TIMEOUT_SECONDS = 86_400;
const EXPIRY_INTERVAL_SECONDS = 0.001;
const PORTS_OF_AN_ADDRESS = 64_512;

function trackerConfig(point: GatewayParameters): TrackerConfig {
  const { use, expiry, traffic, capacity = traffic.connections } = point;
  const most = Math.max(capacity, traffic.connections);
  return {
    use,
    replies: "here",
    balancing: "hash",
    backends: 1,
    // Clients are spread over the addresses by hash, not evenly: twice the ports that are needed.
    natAddresses: point.nat_addresses ?? Math.min(4096, Math.ceil((2 * most) / PORTS_OF_AN_ADDRESS)),
    loose: true,
    checkWindows: false,
    dropInvalid: false,
    expiry,
    expiryIntervalSeconds: EXPIRY_INTERVAL_SECONDS,
    scanIncremental: true,
    timeoutSeconds: TIMEOUT_SECONDS,
    timeouts: {},
  };
}

/** Least rate at which a busy host gets through a phase; a trial has four at most, and repeats them. */
const SLOW_CONNECTIONS_PER_SECOND = 0.5e6;

function phaseSeconds({ traffic, overWire, test }: GatewayTrialConfig): number {
  const paced = overWire && test === "establishment" && traffic.rate !== "max" ? traffic.connections / traffic.rate : 0;
  return paced + (8 * traffic.connections) / SLOW_CONNECTIONS_PER_SECOND;
}

/** The outcome that a result of the data path means. */
export function outcomeOf(config: GatewayTrialConfig, result: GatewayTrialResult): TrialOutcome {
  const { environment, rounds, offered: opened, established, answered, wire } = result;
  const verdict = judge(config, result);
  const notes = { rounds, offered: opened, established, answered };
  const frames = wire === undefined ? {} : { frames: wire.frames };
  if (verdict.status === "failed") return { ...verdict, metrics: {}, ...frames, environment, notes };
  const latency = wire === undefined ? {} : { latency: wire.latency };
  return { ...verdict, metrics: computeMetrics(config, result), ...frames, ...latency, environment, notes };
}
