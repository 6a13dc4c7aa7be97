/** The protocol's types as schemas: both sides check whatever comes over the pipe. */
import { z } from "zod";
import { environmentSchema, factsSchema, frameCountsSchema, latencySchema, seriesSchema } from "../results/schemas.js";
import type { AgentMethods, MethodName, NativeInfo, TrafficConfig } from "./protocol.js";

type Schemas<Part extends "params" | "result"> = { readonly [M in MethodName]: z.ZodType<AgentMethods[M][Part]> };

const count = z.number().int().nonnegative();
const amount = z.number().nonnegative();
const empty = z.object({});

const named = z.object({ name: z.string(), title: z.string() });

const nativeSchema: z.ZodType<NativeInfo> = z.discriminatedUnion("available", [
  z.object({
    available: z.literal(true),
    compiler: z.string(),
    flags: z.string(),
    buildType: z.string(),
    tscHz: amount,
    tables: z.array(named.extend({ source: z.string() })),
    profiles: z.array(named),
  }),
  z.object({ available: z.literal(false), reason: z.string(), hint: z.string() }),
]);

const load = { rate: z.union([z.number().positive(), z.literal("max")]), seed: count };

const trafficSchema: z.ZodType<TrafficConfig> = z.union([
  z.object({
    ...load,
    profile: z.enum(["uniform", "zipf", "campus"]),
    flows: count.positive(),
    frameSize: z.exactOptional(count),
    skew: z.exactOptional(amount),
  }),
  z.object({ ...load, pcap: z.string() }),
]);

export const paramsSchemas: Schemas<"params"> = {
  hello: z.object({ protocol: count }),
  "lease.renew": z.object({ seconds: z.number().positive() }),
  "conntrack.run": z.object({
    table: z.string(),
    capacity: count.positive(),
    backends: count.positive(),
    traffic: trafficSchema,
    warmupSeconds: amount,
    durationSeconds: z.number().positive(),
    probeEvery: count.positive(),
    ringSize: count.positive(),
    generatorCpu: z.number().int(),
    dutCpu: z.number().int(),
    seriesIntervalSeconds: amount,
    fault: z.exactOptional(z.enum(["crash", "hang", "stall"])),
  }),
  "trial.stop": empty,
  "pcap.inspect": z.object({ file: z.string() }),
  "traffic.summarise": z.object({ traffic: trafficSchema, frames: count }),
  shutdown: empty,
};

export const resultSchemas: Schemas<"result"> = {
  hello: z.object({ protocol: count, version: z.string(), pid: count, native: nativeSchema, facts: factsSchema }),
  "lease.renew": z.object({ expiresAt: z.string() }),
  "conntrack.run": z.object({
    seconds: z.number().positive(),
    frames: frameCountsSchema,
    sentBytes: count,
    receivedBytes: count,
    intendedRate: z.union([z.number().positive(), z.literal("max")]),
    generatorLimited: z.boolean(),
    dutBusyCycles: amount,
    dutTotalCycles: amount,
    dutFrames: count,
    tscHz: amount,
    liveFlows: count,
    newFlows: count,
    tableBytes: count,
    probesSent: count,
    probesReceived: count,
    badFrames: count,
    latency: latencySchema,
    series: z.exactOptional(seriesSchema),
    generatorCpuShare: z.exactOptional(amount),
    dutCpuShare: z.exactOptional(amount),
    environment: environmentSchema,
    trafficDigest: z.string(),
  }),
  "trial.stop": z.object({ stopped: z.boolean() }),
  "pcap.inspect": z.object({
    file: z.string(),
    format: z.literal("pcap"),
    byteOrder: z.enum(["little", "big"]),
    timestampUnit: z.enum(["us", "ns"]),
    linkType: count,
    snapLength: count,
    frames: count,
    capturedBytes: count,
    originalBytes: count,
    durationSeconds: z.number(),
    flows: count,
    connections: count,
    protocols: z.record(z.string(), count),
    sizes: z.array(z.tuple([amount, count])),
    problems: z.array(z.object({ kind: z.string(), count, firstFrame: count })),
  }),
  "traffic.summarise": z.object({ frames: count, bytes: count, flows: count, digest: z.string() }),
  shutdown: empty,
};
