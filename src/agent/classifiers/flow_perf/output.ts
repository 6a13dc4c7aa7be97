/**
 * What `dpdk-test-flow-perf` prints (DPDK 21.05 and later).
 *
 * Rates are in thousands of rules a second, `K Rule/Sec`; times in seconds of the wall clock, and in milliseconds for the first rule,
 * which is also in the first window. With one core its [Latency] (the slowest core) and its [Throughput] (the mean of the
 * cores) are the same figure twice. What must not be believed:
 *
 * - after a signal it divides all rules that it was asked for by the time of the windows that were full, and exits with 0;
 * - a first rule that was refused has an installation time as well;
 * - of several cores, [Throughput] divides all rules by the mean of their times, as if the slowest had not worked on; and the windows of
 *   insertion are those of the first core alone;
 * - its memory is what DPDK's heap has grown, without what the driver, the kernel or the NIC holds.
 */
import { UserError } from "../../../errors.js";
import { excerpt } from "../classifier.js";

export interface FlowPerfWindow {
  readonly rules: number;
  readonly seconds: number;
}

export interface FlowPerfPhase extends FlowPerfWindow {
  /** In the order of time: together all of it. Of several cores one each, and the phase is as long as the longest. */
  readonly windows: readonly FlowPerfWindow[];
}

export interface FlowPerfResult {
  readonly insertion: FlowPerfPhase;
  readonly deletion: FlowPerfPhase;
  readonly firstRuleSeconds: number;
  /** Of DPDK's heap; 0 if the driver allocates elsewhere. */
  readonly bytesPerRule: number;
}

export interface FlowPerfOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** How it ended, such as `exited with code 1`. */
  readonly ended: string;
}

/**
 * Of one port.
 *
 * @param rules that it was asked for
 * @param cores likewise
 * @throws {UserError} FLOW_PERF_REFUSED, by the driver, with rte_flow's reason; FLOW_PERF_FAILED: it did not start, or not end
 */
export function parseFlowPerf(output: FlowPerfOutput, rules: number, cores = 1): FlowPerfResult {
  const { stdout } = output;
  const [, type = "", reason] = /^Flow can't be (?:created|destroyed) (\d+) message: (.*)$/m.exec(stdout) ?? [];
  if (reason !== undefined) throw refused(reason, Number(type), output);
  if (/Stats are wrong due to sudden signal/.test(stdout)) throw failed("was interrupted", output);
  const [insertion, deletion] =
    cores === 1
      ? [phaseOf(stdout, "insertion", "creating"), phaseOf(stdout, "deletion", "deleting")]
      : [phaseOfCores(stdout, cores, "creating"), phaseOfCores(stdout, cores, "deleting")];
  const first = number(/First flow installed in ([\d.]+) milliseconds/, stdout);
  const bytesPerRule = number(/rte_flow size in DPDK layer: (\d+) Bytes/, stdout);
  if (insertion === undefined || deletion === undefined || first === undefined || bytesPerRule === undefined)
    throw failed("did not print all of its rates", output);
  const isWhole = (phase: FlowPerfPhase): boolean => (cores === 1 ? isComplete(phase, rules) : phase.rules === rules);
  if (!isWhole(insertion) || !isWhole(deletion))
    throw failed(`did not insert and delete all of ${rules} rules`, output);
  return { insertion, deletion, firstRuleSeconds: first / 1000, bytesPerRule };
}

/** Each phase is its windows, and then its sum. */
function phaseOf(stdout: string, name: string, verb: string): FlowPerfPhase | undefined {
  const [, before = "", count, seconds] =
    new RegExp(
      `((?:^:: Rules batch #.*\\n)+)(?:^:: Port .* boundaries .*\\n)?^:: Port .* :: Rules ${name} rate -> .*\\n` +
        `:: Port .* The time for ${verb} (\\d+) (?:in )?rules (?:is )?([\\d.]+) seconds$`,
      "m",
    ).exec(stdout) ?? [];
  if (count === undefined) return undefined;
  const windows = [...before.matchAll(/: (\d+) rules in ([\d.]+) sec\[/g)].map(([, some, took]) => ({
    rules: Number(some),
    seconds: Number(took),
  }));
  return { rules: Number(count), seconds: Number(seconds), windows };
}

/** Several begin together; the phase is over with the slowest of them. Undefined unless all have told their time. */
function phaseOfCores(stdout: string, cores: number, verb: string): FlowPerfPhase | undefined {
  const told = new RegExp(
    `^:: Port .* :: Core (\\d+) :: The time for ${verb} (\\d+) (?:in )?rules (?:is )?([\\d.]+) seconds$`,
    "gm",
  );
  const windows = [...stdout.matchAll(told)].map(([, , rules, seconds]) => ({
    rules: Number(rules),
    seconds: Number(seconds),
  }));
  if (windows.length !== cores) return undefined;
  return {
    rules: sum(windows.map(({ rules }) => rules)),
    seconds: Math.max(...windows.map(({ seconds }) => seconds)),
    windows,
  };
}

/** It prints microseconds, so that sums may differ by as many as there are windows. */
function isComplete({ rules, windows, seconds }: FlowPerfPhase, wanted: number): boolean {
  const [counted, took] = [sum(windows.map((each) => each.rules)), sum(windows.map((each) => each.seconds))];
  return rules === wanted && counted === wanted && Math.abs(took - seconds) <= 1e-6 * (windows.length + 1);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function number(pattern: RegExp, text: string): number | undefined {
  const [, digits] = pattern.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** `enum rte_flow_error_type`, as far as rules without tunnels and meters come to it. */
const ERROR_TYPES: ReadonlyMap<number, string> = new Map([
  [2, "the rule as a whole"],
  [3, "the group"],
  [9, "the number of items"],
  [10, "an item's value"],
  [12, "an item's mask"],
  [13, "an item"],
  [14, "the number of actions"],
  [15, "an action's configuration"],
  [16, "an action"],
]);

function refused(reason: string, type: number, { stderr }: FlowPerfOutput): UserError {
  const what = ERROR_TYPES.get(type);
  const said = driverSaid(stderr);
  return new UserError(
    "FLOW_PERF_REFUSED",
    `The driver refused a rule of flow-perf${what === undefined ? "" : ` for ${what}`}: ${reason}${said === "" ? "" : ` (${said})`}.`,
    "Use a match and actions that the driver has. 'Function not implemented' is that of a driver without rte_flow: use the port of a NIC that has it.",
  );
}

const HINT =
  "It needs a port of DPDK as the testbed's dut, bound to a driver that DPDK can use (dpdk-devbind.py --status), and huge pages or NICBENCH_EAL_ARGS.";

function failed(what: string, { stdout, stderr, ended }: FlowPerfOutput): UserError {
  const [, cause] = /Cause: (.*)/.exec(stderr) ?? [];
  const words = cause ?? excerpt(lastLine(driverSaid(stderr)) || lastLine(stdout));
  const saying = words === "" ? "" : `; it said: ${words}`;
  return new UserError("FLOW_PERF_FAILED", `dpdk-test-flow-perf ${what}: it ${ended}${saying}.`, HINT);
}

/** Without what EAL says at every start, and its own last words. */
function driverSaid(stderr: string): string {
  return excerpt(stderr.replaceAll(/^(EAL: |  Cause: |tap_mp_req_on_rxtx).*$/gm, ""));
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
