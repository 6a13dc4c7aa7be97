/** Made-up trials of `gateway`. */
import { gatewayParameters, type GatewayParameters } from "../../src/experiments/gateway/parameters.js";
import type { GatewayTrialConfig, GatewayTrialResult } from "../../src/agent/protocol.js";
import { TRACKER } from "../agent/tracker.js";

export function parse(input: Record<string, unknown>): GatewayParameters {
  return gatewayParameters.parse({ table: "cuckoo", ...input });
}

/** Messages of what is wrong with the input. */
export function problems(input: Record<string, unknown>): readonly string[] {
  const { error } = gatewayParameters.safeParse({ table: "cuckoo", ...input });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

export function config(changes: Partial<GatewayTrialConfig> = {}): GatewayTrialConfig {
  return {
    table: "cuckoo",
    test: "establishment",
    overWire: false,
    capacity: 1000,
    traffic: { connections: 1000, frameSize: 64, rate: "max", seed: 1 },
    tracker: { ...TRACKER, use: "nat", replies: "here" },
    warmupSeconds: 0,
    durationSeconds: 1,
    probeEvery: 64,
    ringSize: 1024,
    generatorCpu: -1,
    dutCpu: -1,
    ...changes,
  };
}

/** Two rounds of 1000 connections, opened in half a second and torn down in a quarter. */
export function result(changes: Partial<GatewayTrialResult> = {}): GatewayTrialResult {
  return {
    rounds: 2,
    offered: 2000,
    established: 2000,
    answered: 2000,
    wrong: 0,
    openSeconds: 0.5,
    tornDown: 2000,
    leftOver: 0,
    tearDownSeconds: 0.25,
    frameCauses: { tracked: 2000 },
    liveFlows: 1000,
    tableBytes: 32_000,
    trackerBytes: 100_000,
    dutCpuShare: 1,
    environment: { stealSeconds: 0 },
    ...changes,
  };
}

/** A second over a wire that lost nothing. */
export function wire(changes: Partial<NonNullable<GatewayTrialResult["wire"]>> = {}) {
  return {
    seconds: 1,
    frames: { sent: 1000, received: 1000, drops: [] },
    receivedBytes: 64_000,
    probesSent: 10,
    probesReceived: 10,
    createdLate: 0,
    generatorLimited: false,
    generatorCpuShare: 1,
    latency: { unit: "ns" as const, buckets: [[1000, 10] as const], min: 1000, max: 1000 },
    ...changes,
  };
}
