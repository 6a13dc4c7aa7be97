/** What an agent says of its host: the addon that it has, and what doctor looks at. */
import { z } from "zod";
import { factsSchema } from "../results/schemas.js";
import type { Probe } from "../testbed/probe.js";
import type { NativeInfo } from "./protocol.js";
import { amount, count } from "./schemas.js";

const named = z.object({ name: z.string(), title: z.string() });
const table = named.extend({ source: z.string() });

const wire = named.extend({
  lacks: z.exactOptional(z.string()),
  ends: z.exactOptional(z.enum(["interfaces", "devices", "itself"])),
  queues: z.exactOptional(count.positive()),
  timestamps: z.exactOptional(z.literal("software")),
});

export const nativeSchema: z.ZodType<NativeInfo> = z.discriminatedUnion("available", [
  z.object({
    available: z.literal(true),
    digest: z.exactOptional(z.string()),
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

/** Nothing that would act on a terminal. */
const line = z.string().regex(/^\P{Cc}*$/u);

const portProbe = z.object({
  name: line,
  io: line,
  found: z.boolean(),
  virtual: z.boolean(),
  driver: line,
  firmware: line,
  link: line,
  speed: line,
  mtu: line,
  numaNode: z.int(),
  numaDistances: line,
  interruptCpus: line,
  pcie: line,
  pcieMost: line,
  pause: line,
  rings: line,
  privateFlags: line,
});

export const probeSchema: z.ZodType<Probe> = z.object({
  facts: factsSchema,
  turbo: z.enum(["on", "off", "unknown"]),
  isolated: z.string(),
  nohzFull: z.string(),
  invariantTsc: z.boolean().optional(),
  stolen: amount,
  freeBytes: amount.optional(),
  compiler: z.string().optional(),
  cmake: z.string().optional(),
  dpdk: z.string().optional(),
  iommuGroups: count,
  timeSync: z.enum(["yes", "no", "unknown"]),
  irqBalance: z.enum(["runs", "does not run", "unknown"]),
  interruptCpus: z.string(),
  openFiles: count.optional(),
  lockedBytes: amount.optional(),
  ports: z.array(portProbe),
});
