/** The run directory's types as schemas: whatever is read back from disk is checked. */
import { z } from "zod";
import { UNITS } from "../units.js";
import { calibrationSchema } from "./calibration.js";
import { PLOT_MARKS } from "./model.js";
import type {
  CalibrationReading,
  FrameCounts,
  HostFacts,
  JournalEntry,
  LatencyHistogram,
  MetricDefinition,
  PlotReference,
  PlotRequest,
  RunManifest,
  RunSchedule,
  Summary,
  TimeSeries,
  TrialEnvironment,
  TrialRecord,
} from "./model.js";

const count = z.number().int().nonnegative();
const amount = z.number().nonnegative();

export const unitSchema = z.enum(UNITS);

const paramValue = z.union([z.string(), z.number(), z.boolean()]);
export const paramsSchema = z.record(z.string(), paramValue);

const dropSchema = z.object({ place: z.string(), cause: z.string(), frames: count });

export const frameCountsSchema: z.ZodType<FrameCounts> = z.object({
  sent: count,
  received: count,
  drops: z.array(dropSchema),
});

export const latencySchema: z.ZodType<LatencyHistogram> = z.object({
  unit: z.literal("ns"),
  buckets: z.array(z.tuple([amount, count])),
  min: amount,
  max: amount,
});

export const seriesSchema: z.ZodType<TimeSeries> = z.object({
  t: z.array(z.number()),
  columns: z.record(z.string(), z.object({ unit: unitSchema, values: z.array(z.number()) })),
  events: z.exactOptional(z.array(z.object({ says: z.string(), from: z.number(), to: z.number() }))),
});

export const calibrationReadingSchema: z.ZodType<CalibrationReading> = z.object({
  workNs: amount,
  handOverNs: amount,
  tscSeconds: amount,
  monotonicSeconds: amount,
  wallSeconds: amount,
});

export const environmentSchema: z.ZodType<TrialEnvironment> = z.object({
  stealSeconds: amount,
  seconds: z.exactOptional(amount),
  involuntarySwitches: z.exactOptional(count),
  readings: z.exactOptional(
    z.record(z.string(), z.object({ before: calibrationReadingSchema, after: calibrationReadingSchema })),
  ),
});

export const factsSchema: z.ZodType<HostFacts> = z.object({
  hostname: z.string(),
  os: z.string(),
  kernel: z.string(),
  arch: z.string(),
  cpuModel: z.string(),
  cpus: count,
  numaNodes: count,
  memoryBytes: count,
  governor: z.string(),
  smt: z.string(),
  clocksource: z.string(),
  hypervisor: z.string(),
  hugePages2MiB: count,
  transparentHugePages: z.string(),
  mitigations: z.record(z.string(), z.string()),
  kernelCommandLine: z.string(),
  node: z.string(),
  classifiers: z.exactOptional(z.record(z.string(), z.string())),
});

const trialSchema: z.ZodType<TrialRecord> = z.object({
  type: z.literal("trial"),
  point: z.string(),
  repetition: count,
  attempt: count,
  status: z.enum(["ok", "suspect", "failed"]),
  reason: z.exactOptional(z.string()),
  flags: z.array(z.string()),
  startedAt: z.string(),
  seconds: amount,
  metrics: z.record(z.string(), z.number()),
  frames: z.exactOptional(frameCountsSchema),
  latency: z.exactOptional(latencySchema),
  series: z.exactOptional(seriesSchema),
  environment: z.exactOptional(environmentSchema),
  reused: z.exactOptional(z.string()),
  notes: z.exactOptional(paramsSchema),
});

const changeSchema = z.object({ host: z.string(), name: z.string(), before: z.string(), after: z.string() });

export const journalEntrySchema: z.ZodType<JournalEntry> = z.union([
  trialSchema,
  z.object({ type: z.literal("skip"), point: z.string(), reason: z.string() }),
  z.object({ type: z.enum(["start", "resume"]), at: z.string(), pid: count }),
  z.object({
    type: z.literal("end"),
    at: z.string(),
    outcome: z.enum(["complete", "interrupted"]),
    changes: z.exactOptional(z.array(changeSchema)),
  }),
]);

const metricSchema: z.ZodType<MetricDefinition> = z.object({
  name: z.string(),
  title: z.string(),
  unit: unitSchema,
  better: z.enum(["higher", "lower", "neither"]),
  description: z.string(),
});

const referenceSchema: z.ZodType<PlotReference> = z.object({
  series: z.string(),
  y: z.string().optional(),
  pick: z.record(z.string(), z.union([paramValue, z.array(paramValue)])).optional(),
});

const plotSchema: z.ZodType<PlotRequest> = z.looseObject({
  title: z.string(),
  mark: z.enum(PLOT_MARKS),
  x: z.string().optional(),
  y: z.string().optional(),
  color: z.string().optional(),
  facet: z.string().optional(),
  where: paramsSchema.optional(),
  roof: z.string().optional(),
  parts: z.array(z.string()).optional(),
  scale: z.enum(["linear", "log"]).optional(),
  ideal: z.boolean().optional(),
  reference: z.union([z.string(), referenceSchema]).optional(),
  description: z.string().optional(),
});

const scheduleSchema: z.ZodType<RunSchedule> = z.object({
  order: z.enum(["interleaved", "sequential"]),
  repeat: z.object({
    min: count,
    max: count,
    until: z.object({ metric: z.string(), ci95: amount }).optional(),
    forClaims: count.optional(),
    newLayout: z.boolean().optional(),
  }),
  graceSeconds: amount,
  roles: z.record(z.string(), z.object({
      host: z.string(),
      io: z.string(),
      device: z.exactOptional(z.string()),
      cpus: z.array(count),
      spare: z.exactOptional(z.array(count)),
    })),
  times: z.array(z.object({ warmupSeconds: amount, durationSeconds: amount })),
});

/** What files are named after: a name, and no path. */
const fileName = z.string().regex(/^[^.\p{Cc}/][^\p{Cc}/]*$/u, "is no name");

const shard = { index: count.positive(), total: count.positive(), points: z.array(z.string()) };

const mergedShardSchema = z.object({
  ...shard,
  run: z.string(),
  startedAt: z.string(),
  testbed: z.string(),
  hosts: z.array(z.string()),
});

export const manifestSchema: z.ZodType<RunManifest> = z.object({
  schema: z.literal(1),
  run: fileName,
  suite: z.object({
    name: z.string(),
    title: z.string(),
    description: z.string().optional(),
    file: z.string(),
    experiment: z.string(),
    resolved: z.unknown(),
    plots: z.array(plotSchema),
  }),
  testbed: z.object({ name: z.string(), file: z.string(), resolved: z.unknown() }),
  caveats: z.array(z.string()).optional(),
  seed: z.number(),
  startedAt: z.string(),
  command: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
  git: z.union([z.object({ commit: z.string(), dirty: z.boolean() }), z.object({ unavailable: z.string() })]),
  native: z.record(z.string(), z.unknown()),
  hosts: z.record(z.string(), factsSchema),
  conditions: z.record(z.string(), z.record(z.string(), z.string())).optional(),
  calibrations: z.array(calibrationSchema).optional(),
  metrics: z.array(metricSchema),
  points: z.array(
    z.object({
      id: fileName,
      params: paramsSchema,
      resolved: z.unknown(),
      capture: z.string().optional(),
      key: z.string().optional(),
    }),
  ),
  circumstances: z.record(z.string(), z.string()).optional(),
  shard: z.object(shard).optional(),
  shards: z.array(mergedShardSchema).optional(),
  schedule: scheduleSchema.optional(),
});

const metricSummarySchema = z.object({
  unit: unitSchema,
  better: z.enum(["higher", "lower", "neither"]),
  n: count,
  median: z.number(),
  ci95: z.tuple([z.number(), z.number()]),
  min: z.number(),
  max: z.number(),
});

export const summarySchema: z.ZodType<Summary> = z.object({
  schema: z.literal(1),
  run: z.string(),
  suite: z.string(),
  testbed: z.string(),
  seed: z.number(),
  outcome: z.enum(["complete", "interrupted"]),
  trials: z.object({ ok: count, suspect: count, failed: count, skipped: count, reused: z.exactOptional(count) }),
  points: z.array(
    z.object({
      id: z.string(),
      params: paramsSchema,
      status: z.enum(["ok", "suspect", "failed", "skipped", "pending"]),
      reason: z.exactOptional(z.string()),
      flags: z.array(z.string()),
      metrics: z.record(z.string(), metricSummarySchema),
      frames: z.exactOptional(
        z.object({ sent: count, received: count, drops: z.array(dropSchema), conserved: z.boolean() }),
      ),
    }),
  ),
  claims: z.array(z.object({ id: z.string(), verdict: z.string(), evidence: z.string() })),
});
