/** Runs that were never measured: plausible, seeded, in the formats of `src/results/model.ts`. */
import { summarise } from "../../src/statistics/summary.js";
import { mergeHistograms, valueAtPercentile } from "../../src/statistics/hdr.js";
import { seededRandom } from "../../src/statistics/random.js";
import { manifestOf, METRICS } from "./synthetic_manifest.js";
import type { ReportInput } from "../../src/report/input.js";
import type {
  FrameCounts,
  LatencyHistogram,
  MetricSummary,
  Params,
  PlannedPoint,
  PlotRequest,
  PointSummary,
  TimedEvent,
  TimeSeries,
  TrialRecord,
} from "../../src/results/model.js";

export interface SyntheticOptions {
  readonly plots?: readonly PlotRequest[];
  readonly points?: readonly Params[];
  readonly repetitions?: number;
  readonly title?: string;
  readonly seriesOver?: number;
  /** Of every series. */
  readonly events?: readonly TimedEvent[];
  /** What becomes of a point, by its place in the plan. */
  readonly fate?: (index: number) => "ok" | "suspect" | "failed" | "skipped";
}

/** Two tables, three kinds of traffic, two rates: twelve points. */
export function quickstartPoints(): readonly Params[] {
  const traffics: readonly Params[] = [
    { "traffic.profile": "campus", "traffic.flows": 65536 },
    { "traffic.profile": "campus", "traffic.flows": 1048576 },
    { "traffic.pcap": "/home/lab/captures/web-mix.pcap" },
  ];
  return ["cuckoo", "chaining-stl"].flatMap((table) =>
    traffics.flatMap((traffic) => ["max", 1_000_000].map((rate) => ({ table, ...traffic, "traffic.rate": rate }))),
  );
}

export function syntheticInput({
  plots = [],
  points = quickstartPoints(),
  repetitions = 8,
  title = "Quickstart: two flow tables",
  seriesOver = 0,
  events = [],
  fate = () => "ok",
}: SyntheticOptions = {}): ReportInput {
  const planned = points.map((params, i): PlannedPoint => ({
    id: pointId(i),
    params,
    resolved: { ...FIXED, ...nested(params) },
  }));
  const trials = planned
    .flatMap((point, i) => trialsOf(point, i, repetitions, seriesOver, fate(i)))
    .map((trial) => (trial.series && events.length > 0 ? { ...trial, series: { ...trial.series, events } } : trial));
  const skipped = planned
    .filter((_, i) => fate(i) === "skipped")
    .map(({ id }) => ({ type: "skip" as const, point: id, reason: "the host has 2 CPUs, the point needs 4" }));
  const count = (status: string): number => trials.filter((trial) => trial.status === status).length;
  return {
    manifest: manifestOf(planned, plots, title),
    summary: {
      schema: 1,
      run: "quickstart-20250301T101500Z-4f2a",
      suite: "quickstart",
      testbed: "local",
      seed: 42,
      outcome: "complete",
      trials: { ok: count("ok"), suspect: count("suspect"), failed: count("failed"), skipped: skipped.length },
      points: planned.map((point, i) => pointSummary(point, trials, fate(i))),
      claims: [],
    },
    trials,
    skipped,
  };
}

const FIXED = { cores: 1, capacity: 4_194_304, expiry: "none" };

function pointId(index: number): string {
  return (0xabc000 + index * 7919).toString(16).padStart(12, "0");
}

function nested(params: Params): Record<string, unknown> {
  const traffic = Object.entries(params).filter(([path]) => path.startsWith("traffic."));
  const own = Object.entries(params).filter(([path]) => !path.startsWith("traffic."));
  return {
    ...Object.fromEntries(own),
    traffic: Object.fromEntries(traffic.map(([path, value]) => [path.slice(8), value])),
  };
}

function trialsOf(
  point: PlannedPoint,
  index: number,
  repetitions: number,
  seriesOver: number,
  fate: string,
): TrialRecord[] {
  if (fate === "skipped") return [];
  if (fate === "failed")
    return [{ ...trialHead(point, 0), status: "failed", reason: "the agent died (signal SIGSEGV)", metrics: {} }];
  const random = seededRandom(index * 1000 + 17);
  return Array.from({ length: repetitions }, (_, repetition) => {
    const trial = trialOf(point, repetition, random, seriesOver);
    const suspect = fate === "suspect" && repetition === repetitions - 1;
    return suspect
      ? {
          ...trial,
          status: "suspect" as const,
          reason: "the hypervisor took 0.31 s of CPU time",
          flags: ["stolen-cpu"],
        }
      : trial;
  });
}

function trialHead(point: PlannedPoint, repetition: number) {
  return {
    type: "trial" as const,
    point: point.id,
    repetition,
    attempt: 0,
    status: "ok" as TrialRecord["status"],
    flags: [] as readonly string[],
    startedAt: "2025-03-01T10:15:00.000Z",
    seconds: 2.61,
  };
}

function trialOf(point: PlannedPoint, repetition: number, random: () => number, seriesOver: number): TrialRecord {
  const { params } = point;
  const flows = typeof params["traffic.flows"] === "number" ? params["traffic.flows"] : 4096;
  const base = (params["table"] === "cuckoo" ? 12.6e6 : 7.9e6) / (1 + Math.log2(flows / 4096) / 14);
  const capable = base * (1 + 0.03 * (random() - 0.5));
  const rate = params["traffic.rate"];
  const offered = typeof rate === "number" ? rate : capable * 1.4;
  const forwarded = Math.min(offered, capable);
  const frameBytes = flows === 4096 ? 612 : 747;
  const latency = latencies(random, forwarded < offered ? 180_000 : 2_400, forwarded < offered ? 0.12 : 0.7);
  const sent = Math.round(offered * 2);
  const received = Math.round(forwarded * 2);
  return {
    ...trialHead(point, repetition),
    metrics: {
      forwarding_rate: forwarded,
      link_rate: forwarded * (frameBytes + 20) * 8,
      offered_rate: offered,
      loss_ratio: (sent - received) / sent,
      cycles_per_frame: 2.9e9 / capable,
      latency_p50: valueAtPercentile(latency, 50) ?? 0,
      latency_p95: valueAtPercentile(latency, 95) ?? 0,
      latency_p99: valueAtPercentile(latency, 99) ?? 0,
      latency_p999: valueAtPercentile(latency, 99.9) ?? 0,
      latency_max: latency.max,
      live_flows: Math.min(flows, received),
    },
    frames: framesOf(sent, received),
    latency,
    ...(seriesOver > 0 && { series: seriesOf(forwarded, seriesOver, random) }),
    environment: { stealSeconds: 0.004 },
  };
}

function framesOf(sent: number, received: number): FrameCounts {
  const lost = sent - received;
  return {
    sent,
    received,
    drops:
      lost > 0
        ? [
            { place: "dut.rx", cause: "ring full", frames: lost - 3 },
            { place: "sink", cause: "drain ended", frames: 3 },
          ]
        : [],
  };
}

/** Buckets with 5 bits of precision, as an HDR histogram has. */
function latencies(random: () => number, centre: number, spread: number): LatencyHistogram {
  const values = Array.from({ length: 4000 }, () => {
    const tail = random() < 0.004 ? 8 + 30 * random() : 1;
    return Math.round(centre * tail * Math.exp(spread * (random() + random() + random() - 1.5)));
  });
  const single = values.map((value) => ({
    unit: "ns" as const,
    buckets: [[edge(value), 1]] as const,
    min: value,
    max: value,
  }));
  return mergeHistograms(single);
}

function edge(value: number): number {
  const width = 2 ** Math.max(0, Math.floor(Math.log2(value)) - 5);
  return Math.floor(value / width) * width;
}

function seriesOf(rate: number, seconds: number, random: () => number): TimeSeries {
  const t = Array.from({ length: Math.round(seconds / 0.1) }, (_, i) => Number(((i + 1) * 0.1).toFixed(1)));
  const values = t.map((time) =>
    Math.round(rate * (time > 1 && time < 1.4 ? 0.55 : 1) * (1 + 0.02 * (random() - 0.5))),
  );
  return { t, columns: { forwarding_rate: { unit: "frames/s", values } } };
}

function pointSummary(
  { id, params }: PlannedPoint,
  trials: readonly TrialRecord[],
  fate: PointSummary["status"],
): PointSummary {
  const own = trials.filter((trial) => trial.point === id && trial.status !== "failed");
  if (fate === "skipped" || own.length === 0) {
    const reason =
      fate === "failed"
        ? "all trials failed: the agent died (signal SIGSEGV)"
        : "the host has 2 CPUs, the point needs 4";
    return { id, params, status: fate, reason, flags: [], metrics: {} };
  }
  const metrics = METRICS.map(({ name, unit, better }): [string, MetricSummary] => [
    name,
    { unit, better, ...summarise(own.map((trial) => trial.metrics[name] ?? Number.NaN)) },
  ]);
  const sum = (pick: (frames: FrameCounts) => number): number =>
    own.reduce((total, { frames }) => total + (frames ? pick(frames) : 0), 0);
  const drops = ["dut.rx", "sink"].map((place) => ({
    place,
    cause: place === "sink" ? "drain ended" : "ring full",
    frames: sum(({ drops: all }) => all.filter((drop) => drop.place === place).reduce((a, drop) => a + drop.frames, 0)),
  }));
  return {
    id,
    params,
    status: fate,
    flags: fate === "suspect" ? ["stolen-cpu"] : [],
    ...(fate === "suspect" && { reason: "1 of 8 trials is suspect: the hypervisor took 0.31 s of CPU time" }),
    metrics: Object.fromEntries(metrics),
    frames: {
      sent: sum(({ sent }) => sent),
      received: sum(({ received }) => received),
      drops: drops.filter(({ frames }) => frames > 0),
      conserved: true,
    },
  };
}
