/** Parameters of the agent's methods. */
import { z } from "zod";
import { ownerSchema } from "../testbed/lock/model.js";
import { classifierChoice, ruleOperation, ruleSetSchema, stormSchema } from "./rules_schemas.js";
import { amount, count, empty, type Schemas } from "./schemas.js";
import type { TrackerConfig, TrafficConfig } from "./protocol.js";
import { STOP_SIGNALS } from "../testbed/program.js";

const load = { rate: z.union([z.number().positive(), z.literal("max")]), seed: count };

const pacing = z.union([z.literal("poisson"), z.object({ burst: count.positive() })]);

const prefixes = z.array(z.string()).min(1);
const ports = z.tuple([count, count]);

const trafficSchema: z.ZodType<TrafficConfig> = z.union([
  z.object({
    ...load,
    pacing: z.exactOptional(pacing),
    profile: z.enum(["uniform", "zipf", "campus"]),
    flows: count.positive(),
    frameSize: z.exactOptional(count),
    sizesInTurn: z.exactOptional(z.array(count)),
    sizesDrawn: z.exactOptional(z.array(z.tuple([count, amount]))),
    sizesFrom: z.exactOptional(z.string()),
    clients: z.exactOptional(prefixes),
    servers: z.exactOptional(prefixes),
    clientPorts: z.exactOptional(ports),
    serverPorts: z.exactOptional(ports),
    ipv6Share: z.exactOptional(amount),
    vlans: z.exactOptional(z.array(z.object({ id: count, priority: count }))),
    tunnel: z.exactOptional(z.enum(["vxlan", "gre", "geneve"])),
    vni: z.exactOptional(count),
    skew: z.exactOptional(amount),
    newFlows: z.exactOptional(amount),
    bothDirections: z.exactOptional(z.boolean()),
    groups: z.exactOptional(count.positive()),
  }),
  z.object({
    ...load,
    rate: z.union([load.rate, z.object({ recorded: z.number().positive() })]),
    pacing: z.exactOptional(z.union([pacing, z.literal("recorded")])),
    pcap: z.string(),
    windows: z.exactOptional(count.positive()),
  }),
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

const slowdown = z.exactOptional(z.number().min(0).lt(1));

/** Of a DUT's workers; -1: not pinned. */
const cpus = z.array(z.number().int()).min(1);

/** Of a trial whose generator and DUT are threads of this agent. */
const carried = {
  wire: z.string(),
  window: count.positive(),
  traffic: trafficSchema,
  warmupSeconds: amount,
  durationSeconds: z.number().positive(),
  probeEvery: count.positive(),
  ringSize: count.positive(),
  burst: count.positive(),
  generatorCpu: z.number().int(),
  seriesIntervalSeconds: amount,
  slowdown,
};

const queues = z.exactOptional(count.positive());
const timestamps = z.exactOptional(z.literal("software"));
const hostPortSchema = z.object({ wire: z.string(), device: z.string(), slots: count.positive(), queues, timestamps });

const seconds = z.number().positive();
/** It becomes part of paths, and an argument of ethtool. */
const portName = z
  .string()
  .regex(/^[A-Za-z0-9_][^\s/]*$/)
  .refine((name) => !name.includes(".."));

const folder = z.string().startsWith("/");

export const paramsSchemas: Schemas<"params"> = {
  hello: z.object({ protocol: count }),
  "lease.renew": z.object({ seconds: z.number().positive() }),
  "host.probe": z.object({ ports: z.array(z.object({ io: z.string(), device: z.exactOptional(portName) })) }),
  "host.clock": empty,
  "lock.take": z.object({ folder, host: z.string(), owner: ownerSchema }),
  "lock.release": z.object({ folder }),
  "lock.holder": z.object({ folder }),
  "lock.clear": z.object({ folder, token: z.string() }),
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
    dutCpus: cpus,
    symmetricRss: z.boolean(),
    retaEntries: count.positive(),
    seriesIntervalSeconds: amount,
    slowdown,
    fault: z.exactOptional(z.enum(["crash", "hang", "stall"])),
  }),
  "gateway.run": z.object({
    table: z.string(),
    test: z.enum(["establishment", "tear-down", "capacity", "established"]),
    overWire: z.boolean(),
    capacity: count.positive(),
    traffic: z.object({ ...load, connections: count.positive(), frameSize: count.positive() }),
    tracker: trackerSchema,
    warmupSeconds: amount,
    durationSeconds: z.number().positive(),
    probeEvery: count.positive(),
    ringSize: count.positive(),
    generatorCpu: z.number().int(),
    dutCpu: z.number().int(),
  }),
  "forwarding.run": z.object({
    ...carried,
    dutCpus: cpus,
    testerWire: z.exactOptional(z.string()),
    timestamps,
    mishap: z.exactOptional(z.enum(["link-down", "interface-gone"])),
  }),
  "rules.run": z.object({
    ...carried,
    dutCpu: z.number().int(),
    ruleSet: ruleSetSchema,
    storm: z.exactOptional(stormSchema),
    flowCache: z.boolean(),
    controlCpu: z.number().int(),
    classifier: z.exactOptional(classifierChoice),
  }),
  "rules.rate": z.object({
    ruleSet: ruleSetSchema,
    operation: ruleOperation,
    operations: count.positive(),
    batch: count.positive(),
    seconds: z.number().positive(),
    cpus,
    classifier: z.exactOptional(classifierChoice),
  }),
  "rules.conformance": z.object({ classifier: z.exactOptional(classifierChoice), capability: z.string() }),
  "generator.run": z.object({
    wire: z.string(),
    traffic: trafficSchema,
    warmupSeconds: amount,
    durationSeconds: z.number().positive(),
    generatorCpu: z.number().int(),
    sinkCpu: z.number().int(),
  }),
  "generator.prepare": z.object({
    port: hostPortSchema,
    traffic: trafficSchema,
    warmupSeconds: amount,
    durationSeconds: z.number().positive(),
    probeEvery: count.positive(),
    window: count.positive(),
    cpu: z.number().int(),
    seriesIntervalSeconds: amount,
  }),
  "generator.measure": empty,
  "forwarder.start": z.object({ port: hostPortSchema, burst: count.positive(), cpus }),
  "forwarder.counts": empty,
  "forwarder.stop": empty,
  "program.find": z.object({
    program: z.string(),
    directory: z.exactOptional(z.string()),
    path: z.exactOptional(z.string()),
  }),
  "program.start": z.object({
    name: z.string(),
    command: z.array(z.string()).min(1),
    environment: z.record(z.string(), z.string()),
    directory: z.exactOptional(z.string()),
    ready: z.exactOptional(z.object({ pattern: z.string(), seconds })),
  }),
  "program.wait": z.object({ name: z.string(), seconds }),
  "program.stop": z.object({
    name: z.string(),
    rule: z.union([z.object({ signal: z.enum(STOP_SIGNALS), seconds }), z.object({ line: z.string(), seconds })]),
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
  "calibration.read": z.object({ cpus: z.array(z.number().int().nonnegative()).min(1) }),
  "limits.measure": z.object({ workingSet: count.positive(), hugePages: z.boolean(), seconds: z.number().positive() }),
  "trial.stop": empty,
  "pcap.inspect": z.object({ file: z.string() }),
  "traffic.summarise": z.object({ traffic: trafficSchema, frames: count }),
  "traffic.generate": z.object({ traffic: trafficSchema, frames: count, file: z.string(), replace: z.boolean() }),
  shutdown: empty,
};
