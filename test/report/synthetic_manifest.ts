/** What a synthetic run says about itself: its suite, its host, its metrics. */
import type { HostFacts, MetricDefinition, PlannedPoint, PlotRequest, RunManifest } from "../../src/results/model.js";

export const METRICS: readonly MetricDefinition[] = [
  metric("forwarding_rate", "Forwarding rate", "frames/s", "higher"),
  metric("link_rate", "Link rate", "bit/s", "higher"),
  metric("loss_ratio", "Loss ratio", "ratio", "lower"),
  metric("cycles_per_frame", "Cycles per frame", "cycles", "lower"),
  metric("latency_p50", "Latency, median", "ns", "lower"),
  metric("latency_p95", "Latency, 95th percentile", "ns", "lower"),
  metric("latency_p99", "Latency, 99th percentile", "ns", "lower"),
  metric("latency_p999", "Latency, 99.9th percentile", "ns", "lower"),
  metric("latency_max", "Latency, maximum", "ns", "lower"),
  metric("offered_rate", "Offered rate", "frames/s", "neither"),
  metric("live_flows", "Live flows", "count", "neither"),
];

const FACTS: HostFacts = {
  hostname: "bench-07",
  os: "Debian GNU/Linux 12 (bookworm)",
  kernel: "6.1.0-18-amd64",
  arch: "x64",
  cpuModel: "Intel(R) Xeon(R) Gold 6336Y CPU @ 2.40GHz",
  cpus: 2,
  numaNodes: 1,
  memoryBytes: 8_589_934_592,
  governor: "unavailable: no cpufreq on this machine",
  smt: "on",
  clocksource: "tsc",
  hypervisor: "kvm",
  hugePages2MiB: 0,
  transparentHugePages: "madvise",
  mitigations: { spectre_v2: "Mitigation: Enhanced IBRS", meltdown: "Not affected" },
  kernelCommandLine: "BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro quiet",
  node: "v20.20.2",
};

export function manifestOf(points: readonly PlannedPoint[], plots: readonly PlotRequest[], title: string): RunManifest {
  return {
    schema: 1,
    run: "quickstart-20250301T101500Z-4f2a",
    suite: {
      name: "quickstart",
      title,
      description: "Connection tracking with two flow tables on one core, without privileges.",
      file: "suites/quickstart.yaml",
      experiment: "conntrack",
      resolved: {},
      plots,
    },
    testbed: { name: "local", file: "testbeds/local.yaml", resolved: {} },
    seed: 42,
    startedAt: "2025-03-01T10:15:00.000Z",
    command: ["nicbench", "run", "suites/quickstart.yaml", "--seed", "42"],
    versions: { nicbench: "0.1.0", node: "v20.20.2", vega: "6.4.0" },
    git: { commit: "0123456789abcdef0123456789abcdef01234567", dirty: true },
    native: {
      local: { compiler: "g++ 12.2.0", flags: "-O3 -march=native", buildType: "Release", tscHz: 2_900_000_000 },
    },
    hosts: { local: FACTS },
    metrics: METRICS,
    points,
  };
}

function metric(
  name: string,
  title: string,
  unit: MetricDefinition["unit"],
  better: MetricDefinition["better"],
): MetricDefinition {
  return { name, title, unit, better, description: `${title} of a trial.` };
}
