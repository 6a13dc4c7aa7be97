/** A small run: two points, one metric and a rate of loss. */
import type { HostFacts, RunManifest, TrialRecord } from "../../src/results/model.js";

const unknown = "unavailable: a sample";

export const FACTS: HostFacts = {
  hostname: "sample",
  os: "none",
  kernel: "none",
  arch: "x64",
  cpuModel: "sample",
  cpus: 2,
  numaNodes: 1,
  memoryBytes: 2 ** 33,
  governor: unknown,
  smt: unknown,
  clocksource: unknown,
  hypervisor: "none",
  hugePages2MiB: 0,
  transparentHugePages: unknown,
  mitigations: {},
  kernelCommandLine: "",
  node: "v20.0.0",
};

export function sampleManifest(changes: Partial<RunManifest> = {}): RunManifest {
  return {
    schema: 1,
    run: "sample-20260102T030405Z-1a2b",
    suite: { name: "sample", title: "A sample", file: "sample.yaml", experiment: "conntrack", resolved: {}, plots: [] },
    testbed: { name: "local", file: "local.yaml", resolved: {} },
    seed: 7,
    startedAt: "2026-01-02T03:04:05.000Z",
    command: ["nicbench", "run", "sample.yaml"],
    versions: { nicbench: "0.1.0", node: "20.0.0" },
    git: { commit: "0".repeat(40), dirty: false },
    native: {},
    hosts: { here: FACTS },
    metrics: [
      { name: "forwarding_rate", title: "Forwarding rate", unit: "frames/s", better: "higher", description: "" },
      { name: "loss_ratio", title: "Loss ratio", unit: "ratio", better: "lower", description: "" },
    ],
    points: [
      { id: "aaa", params: { table: "cuckoo", "traffic.flows": 65536 }, resolved: { table: "cuckoo" } },
      { id: "bbb", params: { table: "chaining-stl", "traffic.pcap": "a, \"b\".pcap" }, resolved: { table: "chaining-stl" } },
    ],
    schedule: {
      order: "interleaved",
      repeat: { min: 2, max: 2 },
      graceSeconds: 30,
      roles: { dut: { host: "here", io: "ring", cpus: [1] } },
      times: [
        { warmupSeconds: 0, durationSeconds: 1 },
        { warmupSeconds: 0, durationSeconds: 1 },
      ],
    },
    ...changes,
  };
}

export function sampleTrial(point: string, repetition: number, changes: Partial<TrialRecord> = {}): TrialRecord {
  return {
    type: "trial",
    point,
    repetition,
    attempt: 0,
    status: "ok",
    flags: [],
    startedAt: "2026-01-02T03:04:06.000Z",
    seconds: 1.5,
    metrics: { forwarding_rate: 1e6 + repetition, loss_ratio: 0.1 },
    frames: { sent: 100, received: 90, drops: [{ place: "dut.rx", cause: "ring full", frames: 10 }] },
    latency: { unit: "ns", buckets: [[1000, 90], [2000, 10]], min: 1000, max: 2047 },
    environment: { stealSeconds: 0 },
    ...changes,
  };
}

export function failedTrial(point: string, repetition: number, attempt = 0): TrialRecord {
  const { latency: _l, frames: _f, ...rest } = sampleTrial(point, repetition, { attempt, status: "failed", metrics: {} });
  return { ...rest, flags: ["agent-died"], reason: "AGENT_DIED: The agent was killed by SIGSEGV." };
}
