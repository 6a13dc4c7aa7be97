/** Results of the agent's methods. */
import { z } from "zod";
import { environmentSchema, factsSchema, frameCountsSchema, latencySchema, seriesSchema } from "../results/schemas.js";
import type { NativeInfo } from "./protocol.js";
import { amount, count, empty, type Schemas } from "./schemas.js";

const named = z.object({ name: z.string(), title: z.string() });
const table = named.extend({ source: z.string() });

const wire = named.extend({
  lacks: z.exactOptional(z.string()),
  ends: z.exactOptional(z.enum(["interfaces", "devices", "itself"])),
});

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
    wires: z.array(wire).default([]),
  }),
  z.object({ available: z.literal(false), reason: z.string(), hint: z.string() }),
]);

const pacingErrors = z.exactOptional(z.object({ offered: amount, send: latencySchema, departure: latencySchema }));

/** What the generator of a trial counts. */
const generated = {
  seconds: z.number().positive(),
  sendingSeconds: z.exactOptional(z.number().positive()),
  pacingErrors,
  frames: frameCountsSchema,
  sentBytes: count,
  receivedBytes: count,
  intendedRate: z.union([z.number().positive(), z.literal("max")]),
  generatorLimited: z.boolean(),
  probesSent: count,
  probesReceived: count,
  probesReordered: z.exactOptional(count),
  probesDuplicated: z.exactOptional(count),
  badFrames: count,
  latency: latencySchema,
  series: z.exactOptional(seriesSchema),
  generatorCpuShare: z.exactOptional(amount),
  environment: environmentSchema,
  trafficDigest: z.string(),
};

/** What trials of `conntrack`, `forwarding` and `rules.*` have in common. */
const carried = {
  ...generated,
  dutBusyCycles: amount,
  dutTotalCycles: amount,
  dutFrames: count,
  dutCpuShare: z.exactOptional(amount),
};

const ruleCountsSchema = z.object({
  installed: count,
  installSeconds: amount,
  bytes: count,
  matchedFrames: count,
  defaultFrames: count,
  unmatchedFrames: count,
  strayFrames: count,
});

const stormCountsSchema = z.object({
  intended: count,
  done: count,
  refused: count,
  seconds: amount,
  latency: latencySchema,
});

const workerSchema = z.object({ frames: count, busyCycles: amount, totalCycles: amount, liveFlows: count });

const gatewayWireSchema = z.object({
  seconds: z.number().positive(),
  frames: frameCountsSchema,
  receivedBytes: count,
  probesSent: count,
  probesReceived: count,
  createdLate: count,
  generatorLimited: z.boolean(),
  generatorCpuShare: amount,
  latency: latencySchema,
});

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

const trafficSummary = z.object({ frames: count, bytes: count, flows: count, digest: z.string() });

export const resultSchemas: Schemas<"result"> = {
  hello: z.object({
    protocol: count,
    version: z.string(),
    pid: count,
    native: nativeSchema,
    facts: factsSchema,
    topology: z.object({ cpus: z.array(z.object({ cpu: count, siblings: z.array(count), node: count })) }),
  }),
  "lease.renew": z.object({ expiresAt: z.string() }),
  "conntrack.run": z.object({
    ...carried,
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
  }),
  "gateway.run": z.object({
    rounds: count,
    offered: count,
    established: count,
    answered: count,
    wrong: count,
    openSeconds: amount,
    tornDown: count,
    leftOver: count,
    tearDownSeconds: amount,
    frameCauses: z.record(z.string(), count),
    liveFlows: count,
    tableBytes: count,
    trackerBytes: count,
    dutCpuShare: amount,
    wire: z.exactOptional(gatewayWireSchema),
    environment: environmentSchema,
  }),
  "forwarding.run": z.object({
    ...carried,
    wire: z.string(),
    testerWire: z.string(),
    foreignFrames: count,
  }),
  "rules.run": z.object({ ...carried, rules: ruleCountsSchema, storm: z.exactOptional(stormCountsSchema) }),
  "rules.rate": z.object({
    operations: count,
    seconds: amount,
    operationsPerSecond: amount,
    refused: count,
    wrong: count,
    installed: count,
    bytes: z.exactOptional(count),
    latency: latencySchema,
    environment: environmentSchema,
  }),
  "generator.run": z.object({
    sendingSeconds: z.number().positive(),
    sentFrames: count,
    interfaceDrops: count,
    pacingErrors,
    wire: z.string(),
    generatorCpuShare: amount,
    clockReadNs: amount,
    environment: environmentSchema,
  }),
  "generator.prepare": empty,
  "generator.measure": z.object({ ...generated, port: z.string(), foreignFrames: count }),
  "forwarder.start": z.object({ port: z.string() }),
  "forwarder.counts": z.object({
    frames: count,
    foreignFrames: count,
    wireFull: count,
    lost: count,
    busyCycles: amount,
    totalCycles: amount,
    cpuShare: amount,
  }),
  "forwarder.stop": empty,
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
  "traffic.summarise": trafficSummary,
  "traffic.generate": trafficSummary,
  shutdown: empty,
};
