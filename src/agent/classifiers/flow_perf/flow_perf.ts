/**
 * The classifier `flow-perf`: DPDK's own `dpdk-test-flow-perf` on the testbed's port of DPDK, which makes its own rules and has its own
 * clock. A trial is one run of it, whatever its duration. The port's rules are those of its process, and end with it.
 */
import { readFile } from "node:fs/promises";
import { execa } from "execa";
import { UserError } from "../../../errors.js";
import { describeDeparture } from "../../../testbed/host_process.js";
import { spawnDependent } from "../../../testbed/local_process.js";
import { cpuTopology } from "../../../testbed/topology.js";
import { latencyRecorder } from "../../../statistics/recorder.js";
import { keepOutput } from "../../kept_output.js";
import { unsupported, type ClassifierKind } from "../classifier.js";
import { flowPerfArguments, flowPerfProblem, type FlowPerfPoint } from "./command.js";
import { parseFlowPerf, type FlowPerfOutput, type FlowPerfResult } from "./output.js";
import type { PortSpec } from "../../../testbed/model.js";
import type { RuleRateCounts, RuleRateTrialConfig } from "../../protocol.js";

export const flowPerf: ClassifierKind = { version, measureRate };

const PROGRAM = "dpdk-test-flow-perf";

/** @throws {UserError} RULE_UNSUPPORTED; what {@link parseFlowPerf} throws; STOPPED */
async function measureRate(
  { ruleSet, ...config }: RuleRateTrialConfig,
  port: PortSpec | undefined,
  stop: AbortSignal,
): Promise<RuleRateCounts> {
  const point = { ...ruleSet, ...config, threads: config.cpus.length };
  const problem = flowPerfProblem(point);
  if (problem !== undefined) throw unsupported("flow-perf", `way to do this: ${problem}`);
  const output = await run([...(await ealArguments(port, config.cpus)), "--", ...flowPerfArguments(point)], stop);
  return countsOf(point, parseFlowPerf(output, config.operations, point.threads));
}

/** Windows of its clock are the samples of the latency, or, of several cores, each core's time: each the mean of its rules. */
export function countsOf({ operation, operations }: FlowPerfPoint, result: FlowPerfResult): RuleRateCounts {
  const { seconds, windows } = operation === "insert" ? result.insertion : result.deletion;
  const latency = latencyRecorder();
  for (const window of windows) latency.record((window.seconds * 1e9) / window.rules);
  return {
    operations,
    seconds,
    operationsPerSecond: operations / seconds,
    refused: 0,
    wrong: 0,
    installed: operations,
    latency: latency.histogram(),
    ...(operation === "insert" ? { firstSeconds: result.firstRuleSeconds } : {}),
    ...(result.bytesPerRule === 0 ? {} : { bytes: result.bytesPerRule * operations }),
  };
}

/** Of free huge pages of 2 MiB, as the data path's own DPDK wants them (native/io/dpdk/huge_pages_free.h). */
const LEAST_HUGE_PAGES = 128;
const FREE_HUGE_PAGES = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages";

/**
 * As for the data path's ports (native/io/dpdk/eal.h), NICBENCH_EAL_ARGS included. It insists on one lcore more than it uses, which are
 * the first ones: the other sleeps on the same CPU as the first.
 *
 * @param cpus of each lcore that it uses; -1: any
 */
export async function ealArguments(port: PortSpec | undefined, cpus: readonly number[]): Promise<readonly string[]> {
  const { io = "none", device } = port ?? {};
  if (io !== "dpdk" || device === undefined) throw noPort(io);
  const isPci = /^([0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i.test(device);
  const free = Number(await readFile(FREE_HUGE_PAGES, "utf8").catch(() => "0"));
  return [
    "--no-telemetry",
    `--lcores=${await lcoresOn(cpus)}`,
    ...(isPci ? ["--allow", device] : ["--no-pci", "--iova-mode=va", "--vdev", device]),
    ...(free >= LEAST_HUGE_PAGES ? ["--in-memory"] : ["--no-huge", "--no-shconf", "-m", "1024"]),
    ...(process.env["NICBENCH_EAL_ARGS"] ?? "").split(/\s+/).filter((word) => word !== ""),
  ];
}

async function lcoresOn(cpus: readonly number[]): Promise<string> {
  const pinned = [...cpus, ...cpus.slice(0, 1)];
  if (pinned.every((cpu) => cpu >= 0)) return pinned.map((cpu, lcore) => `${lcore}@${cpu}`).join(",");
  const all = (await cpuTopology()).cpus.map(({ cpu }) => cpu);
  return `(${pinned.map((_, lcore) => lcore).join(",")})@(${all.join(",")})`;
}

/** Line by line, so that what was said before a crash is not lost. It ends with the agent, even by kill -9. */
async function run(words: readonly string[], stop: AbortSignal): Promise<FlowPerfOutput> {
  const process = spawnDependent(["stdbuf", "--output=L", PROGRAM, ...words]);
  const [stdout, stderr] = [keepOutput(), keepOutput()];
  process.stdout.on("data", stdout.add);
  process.stderr.on("data", stderr.add);
  stop.addEventListener("abort", process.kill);
  if (stop.aborted) process.kill();
  const departure = await process.gone;
  stop.removeEventListener("abort", process.kill);
  if (stop.aborted) throw new UserError("STOPPED", "The trial was stopped before its end.");
  return { stdout: stdout.text(), stderr: stderr.text(), ended: describeDeparture(departure) };
}

/** Why the testbed's port is none that it can use. */
export function flowPerfPortProblem(port: Pick<PortSpec, "io"> | undefined): string | undefined {
  return port?.io === "dpdk" ? undefined : noPort(port?.io ?? "none").message;
}

function noPort(io: string): UserError {
  return new UserError(
    "FLOW_PERF_PORT",
    `flow-perf needs a port of DPDK, and the testbed's dut has ${io}; use a testbed with ports: [{ io: dpdk, pci: "0000:17:00.0" }].`,
  );
}

const TIMEOUT_MS = 5000;

/** Of DPDK. Its usage comes before any device is touched. */
async function version(): Promise<string> {
  const { all, failed, code } = await execa(PROGRAM, ["-v", "--help"], {
    all: true,
    reject: false,
    timeout: TIMEOUT_MS,
  });
  if (failed && code === "ENOENT") return `unavailable: there is no program ${PROGRAM}; install the package dpdk`;
  const [, number] = /RTE Version: 'DPDK ([^']+)'/.exec(all) ?? [];
  return number ?? `unavailable: ${PROGRAM} does not say its version; check the package dpdk`;
}
