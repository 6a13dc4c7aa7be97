/** The protocol's types as schemas: both sides check whatever comes over the pipe. */
import { z } from "zod";
import { environmentSchema, factsSchema, frameCountsSchema, latencySchema, seriesSchema } from "../results/schemas.js";
import type { AgentMethods, MethodName, NativeInfo, TrackerConfig, TrafficConfig } from "./protocol.js";

type Schemas<Part extends "params" | "result"> = { readonly [M in MethodName]: z.ZodType<AgentMethods[M][Part]> };

const count = z.number().int().nonnegative();
const amount = z.number().nonnegative();
const empty = z.object({});

const named = z.object({ name: z.string(), title: z.string() });
const table = named.extend({ source: z.string() });

const nativeSchema: z.ZodType<NativeInfo> = z.discriminatedUnion("available", [
  z.object({
    available: z.literal(true),
    compiler: z.string(),
    flags: z.string(),
    buildType: z.string(),
    tscHz: amount,
    tables: z.array(table),
    sharing: z.array(z.object({ name: z.string(), tables: z.array(z.string()) })).default([]),
    peers: z.array(table).default([]),
    missingPeers: z.array(named).default([]),
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
    newFlows: z.exactOptional(amount),
    bothDirections: z.exactOptional(z.boolean()),
  }),
  z.object({ ...load, pcap: z.string() }),
]);

const trackerSchema: z.ZodType<TrackerConfig> = z.object({
  use: z.enum(["forward", "track", "load-balance", "nat"]),
  replies: z.enum(["here", "elsewhere", "rewritten"]),
  balancing: z.enum(["hash", "round-robin", "least-loaded"]),
  backends: count.positive(),
  natAddresses: count.positive(),
  loose: z.boolean(),
  checkWindows: z.boolean(),
  dropInvalid: z.boolean(),
  expiry: z.enum(["none", "scan", "timer-wheel", "lazy"]),
  expiryIntervalSeconds: amount,
  scanIncremental: z.boolean(),
  timeoutSeconds: amount,
  timeouts: z.record(z.string(), amount),
});

export const paramsSchemas: Schemas<"params"> = {
  hello: z.object({ protocol: count }),
  "lease.renew": z.object({ seconds: z.number().positive() }),
  "conntrack.run": z.object({
    table: z.string(),
    sharing: z.enum(["sharded", "mutex", "spinlock", "rwlock", "bucket-lock", "lock-free"]),
    capacity: count,
    tracker: trackerSchema,
    traffic: trafficSchema,
    warmupSeconds: amount,
    durationSeconds: z.number().positive(),
    probeEvery: count.positive(),
    ringSize: count.positive(),
    generatorCpu: z.number().int(),
    dutCpus: z.array(z.number().int()).min(1),
    seriesIntervalSeconds: amount,
    fault: z.exactOptional(z.enum(["crash", "hang", "stall"])),
  }),
  "table.run": z.object({
    table: z.string(),
    key: z.enum(["ipv4", "ipv6"]),
    operation: z.enum(["hit", "miss", "insert", "erase", "mixed", "churn", "fill"]),
    order: z.enum(["uniform", "zipf", "sequential", "trace"]),
    lookupShare: amount,
    skew: amount,
    burst: count.positive(),
    pipelined: z.boolean(),
    slots: count.positive(),
    loadFactor: amount,
    loadFrom: amount,
    hugePages: z.boolean(),
    seconds: z.number().positive(),
    latencySamples: count,
    seed: count,
    threads: count.positive(),
    firstCpu: z.number().int(),
    pcap: z.exactOptional(z.string()),
  }),
  "limits.measure": z.object({ workingSet: count.positive(), hugePages: z.boolean(), seconds: z.number().positive() }),
  "trial.stop": empty,
  "pcap.inspect": z.object({ file: z.string() }),
  "traffic.summarise": z.object({ traffic: trafficSchema, frames: count }),
  shutdown: empty,
};

const workerSchema = z.object({ frames: count, busyCycles: amount, totalCycles: amount, liveFlows: count });

const cycleSplitSchema = z.object({
  parse: amount,
  lookup: amount,
  insert: amount,
  expiry: amount,
  rest: amount,
  frames: count,
  clockReads: count,
  clockReadCycles: amount,
});

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
    workers: z.exactOptional(z.array(workerSchema)),
    tscHz: amount,
    liveFlows: count,
    newFlows: count,
    closedFlows: z.exactOptional(count),
    expiredFlows: z.exactOptional(count),
    bornFlows: z.exactOptional(count),
    frameCauses: z.exactOptional(z.record(z.string(), count)),
    cycleSplit: z.exactOptional(cycleSplitSchema),
    tableBytes: count,
    trackerBytes: z.exactOptional(count),
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
  "table.run": z.object({
    operations: count,
    seconds: amount,
    operationsPerSecond: amount,
    nsPerOperation: amount,
    cyclesPerOperation: amount,
    insertLatency: latencySchema,
    timerNs: amount,
    hits: count,
    misses: count,
    refused: count,
    wrong: count,
    live: count,
    slots: count,
    memory: count,
    bytesPerEntry: amount,
    maxLoad: amount,
    meanProbeLength: amount,
    maxProbeLength: count,
    displacementsPerInsert: amount,
    pages: z.string(),
    lineReadsPerSecond: amount,
    environment: environmentSchema,
  }),
  "limits.measure": z.object({
    lineReadsPerSecond: amount,
    dependentReadNs: amount,
    sequentialBytesPerSecond: amount,
    workingSet: count,
    pages: z.string(),
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
