/** Measures the generator alone on a wire, and the least latency that the wire has. */
import { UserError } from "../errors.js";
import { LEAST_CPU_SHARE } from "../experiments/conntrack/verdict.js";
import { valueAtPercentile } from "../statistics/hdr.js";
import { packageVersion } from "../package.js";
import type { AgentClient } from "../agent/client.js";
import type {
  ForwardingTrialResult,
  GeneratorTrialConfig,
  GeneratorTrialResult,
  TrafficConfig,
} from "../agent/protocol.js";
import type { Calibration } from "../results/calibration.js";

export interface CalibrationRequest {
  readonly wire: string;
  /** CPUs to pin to; -1 leaves the thread to the scheduler. */
  readonly generatorCpu: number;
  /** Of the thread at the far end, where there is one. */
  readonly farCpu: number;
  /** Of each measurement. */
  readonly seconds: number;
}

type Asked = Pick<AgentClient, "call" | "facts">;
type Send = (rate: number | "max", frameSize: number) => Promise<GeneratorTrialResult>;

/** Least and largest frame of Ethernet without tags, with FCS: RFC 2544, section 9.1. */
const SMALL = 64;
const LARGE = 1518;
/** Measurements of a ceiling: the best counts, since whatever disturbs one only takes from it. */
const ROUNDS = 3;
const RATES = [1e5, 1e6, 1e7];
/** Share of the ceiling up to which rates are tried; above, they would say no more than that it is near. */
const HIGHEST_SHARE = 0.8;
/** Low enough for one probe at a time to be on its way. */
const LATENCY_RATE = 1e4;
const FLOWS = 65_536;
const WARMUP_SECONDS = 0.1;
/** A measurement that others took the CPU from is made again, so often; that which had most of it counts. */
const ATTEMPTS = 3;
/** For set-up, drain and clean-up of a measurement. */
const GRACE_SECONDS = 30;

/** @throws {UserError} what the agent says, such as that the wire lacks something; NO_FRAMES: nothing came back */
export async function calibrate(agent: Asked, request: CalibrationRequest, now: Date): Promise<Calibration> {
  const runs: GeneratorTrialResult[] = [];
  const send: Send = async (rate, frameSize) => {
    const config = generatorConfig(request, trafficOf(rate, frameSize));
    const run = await undisturbed(() => agent.call("generator.run", config, limitOf(request)));
    runs.push(run);
    return run;
  };
  const small = await ceilingOf(SMALL, send);
  const large = await ceilingOf(LARGE, send);
  const pacing: Calibration["pacing"] = [];
  for (const rate of RATES.filter((rate) => rate <= HIGHEST_SHARE * small.rate)) {
    pacing.push(pacingOf(rate, await send(rate, SMALL)));
  }
  const loop = await undisturbed(() => runLoop(agent, request));
  const { hostname, cpuModel } = agent.facts;
  return {
    schema: 1,
    wire: request.wire,
    opened: runs.at(-1)?.wire ?? request.wire,
    hostname,
    cpuModel,
    version: packageVersion(),
    at: now.toISOString(),
    generatorCpu: request.generatorCpu,
    cpuShare: Math.min(...[loop, ...runs].map(cpuShare)),
    clockReadNs: Math.min(...runs.map(({ clockReadNs }) => clockReadNs)),
    ceilings: [small, large],
    pacing,
    latency: latencyOf(loop),
  };
}

async function undisturbed<R extends { readonly generatorCpuShare?: number }>(measure: () => Promise<R>): Promise<R> {
  let best = await measure();
  for (let attempt = 1; attempt < ATTEMPTS && cpuShare(best) < LEAST_CPU_SHARE; ++attempt) {
    const next = await measure();
    if (cpuShare(next) > cpuShare(best)) best = next;
  }
  return best;
}

function cpuShare({ generatorCpuShare = 1 }: { readonly generatorCpuShare?: number }): number {
  return generatorCpuShare;
}

async function ceilingOf(frameSize: number, send: Send): Promise<Calibration["ceilings"][number]> {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; ++round) {
    const { sentFrames, interfaceDrops, sendingSeconds } = await send("max", frameSize);
    rates.push((sentFrames - interfaceDrops) / sendingSeconds);
  }
  return { frameSize, rate: Math.max(...rates), least: Math.min(...rates) };
}

function pacingOf(rate: number, { pacingErrors }: GeneratorTrialResult): Calibration["pacing"][number] {
  if (pacingErrors === undefined) throw new Error("a generator that sends at a rate knows its errors");
  const { offered, send, departure } = pacingErrors;
  return {
    rate,
    offeredError: offered,
    sendP50: valueAtPercentile(send, 50) ?? 0,
    sendP99: valueAtPercentile(send, 99) ?? 0,
    departureP99: valueAtPercentile(departure, 99) ?? 0,
  };
}

/** Through a DUT that exchanges the MAC addresses, which is next to nothing, and back to the sink. */
async function runLoop(agent: Asked, request: CalibrationRequest): Promise<ForwardingTrialResult> {
  const config = {
    wire: request.wire,
    traffic: trafficOf(LATENCY_RATE, SMALL),
    warmupSeconds: WARMUP_SECONDS,
    durationSeconds: request.seconds,
    probeEvery: 1,
    ringSize: 1024,
    window: 256,
    burst: 32,
    generatorCpu: request.generatorCpu,
    dutCpus: [request.farCpu],
    seriesIntervalSeconds: 0,
  };
  return agent.call("forwarding.run", config, limitOf(request));
}

function latencyOf({ latency }: ForwardingTrialResult): Calibration["latency"] {
  const p50 = valueAtPercentile(latency, 50);
  const p99 = valueAtPercentile(latency, 99);
  if (p50 !== undefined && p99 !== undefined) return { rate: LATENCY_RATE, p50, p99 };
  throw new UserError("NO_FRAMES", "No frame came back through the wire.", "See what will disturb: nicbench doctor");
}

function generatorConfig(
  { wire, generatorCpu, farCpu, seconds }: CalibrationRequest,
  traffic: TrafficConfig,
): GeneratorTrialConfig {
  return {
    wire,
    traffic,
    warmupSeconds: WARMUP_SECONDS,
    durationSeconds: seconds,
    generatorCpu,
    sinkCpu: farCpu,
  };
}

function trafficOf(rate: number | "max", frameSize: number): TrafficConfig {
  return { profile: "uniform", flows: FLOWS, frameSize, rate, seed: 1 };
}

function limitOf({ seconds }: CalibrationRequest): number {
  return WARMUP_SECONDS + seconds + GRACE_SECONDS;
}
