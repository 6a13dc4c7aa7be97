/** What `nicbench run` does: prepare, run, print, report. */
import { join } from "node:path";
import { messageOf, UserError } from "../errors.js";
import { withLocalAgent } from "../agent/once.js";
import { experiments } from "../experiments/registry.js";
import { claimVerdicts, pointsOfOpenClaims } from "../paper/run_claims.js";
import { suiteChecks } from "../paper/suite_checks.js";
import { caveatsOf } from "../report/input.js";
import { findRun } from "../results/query.js";
import { readRun } from "../results/reader.js";
import { executeRun } from "../runner/run.js";
import { prepareResume, prepareRun, previewRun } from "../runner/prepare.js";
import { loadSuite } from "../suite/load.js";
import { loadTestbed } from "../testbed/load.js";
import { parseDuration } from "../units.js";
import { EXIT } from "./exit_codes.js";
import { shown, suiteFile } from "./files.js";
import { hostOptions, patienceOf, type HostFlags } from "./host_options.js";
import { listenForInterrupt } from "./interrupt.js";
import { printPlan } from "./plan_text.js";
import { reusedTrials, wantsReuse } from "./reuse.js";
import { progressDisplay, quietDisplay } from "./progress.js";
import { shellLine } from "../shell.js";
import { print, tell, wantsColors, warn } from "./terminal.js";
import type { ExitCode } from "./exit_codes.js";
import type { Interrupt } from "./interrupt.js";
import type { ReportInput } from "../report/input.js";
import type { MeasuredRun } from "../report/prepare.js";
import type { Shard, Summary, TrialRecord } from "../results/model.js";
import type { PreparedRun, RunRequest } from "../runner/prepare.js";
import type { TestbedAccess } from "../runner/run_agents.js";

/** Which suite is run, and on what. */
export interface SuiteFlags extends HostFlags {
  readonly testbed?: string;
  readonly tag?: readonly string[];
  readonly set?: readonly string[];
  readonly seed?: number;
  readonly shard?: Shard;
  readonly results: string;
  readonly grace?: string;
  readonly reconnect?: string;
}

export interface RunFlags extends SuiteFlags {
  readonly resume?: string;
  readonly dryRun?: true;
  readonly json?: true;
  readonly quiet?: true;
  readonly report: boolean;
  readonly reuse?: true;
  readonly fresh?: true;
  readonly why?: true;
}

export async function run(suite: string | undefined, flags: RunFlags): Promise<ExitCode> {
  wantsReuse(flags); // flags that contradict each other are told before anything starts
  const interrupt = listenForInterrupt();
  try {
    const { signal } = interrupt;
    if (flags.resume !== undefined)
      return await measure(await resume(flags.resume, suite, flags, signal), flags, interrupt);
    if (suite === undefined) throw noSuite();
    const request = await requestOf(suite, flags, signal);
    if (flags.dryRun === true && flags.why === true) throw whyNeedsHosts();
    if (flags.dryRun === true) return await preview(request, flags);
    const lookBack = wantsReuse(flags) || flags.why === true;
    return await measure(await prepareRun({ ...request, lookBack }), flags, interrupt);
  } finally {
    interrupt.dispose();
  }
}

/** What flags and suite file ask for. */
export async function requestOf(name: string, flags: SuiteFlags, signal: AbortSignal): Promise<RunRequest> {
  const checks = await suiteChecks();
  const suite = await loadSuite(suiteFile(name), {
    experiments,
    ...checks,
    tags: flags.tag ?? [],
    set: flags.set ?? [],
  });
  const testbed = await loadTestbed(flags.testbed);
  const graceSeconds = flags.grace === undefined ? undefined : parseDuration(flags.grace);
  const seed = flags.seed ?? suite.seed ?? 1;
  const command = commandLines(name, flags, seed);
  const access = accessOf(flags, signal);
  const { shard, results: resultsRoot } = flags;
  return { suite, testbed, seed, graceSeconds, shard, resultsRoot, command, access };
}

function accessOf(flags: SuiteFlags, signal: AbortSignal): TestbedAccess {
  const reconnectSeconds = parseDuration(flags.reconnect ?? "1min");
  return { ...hostOptions(flags), patience: patienceOf(flags), reconnectSeconds, signal };
}

/** As typed, and the line that repeats the run: with its seed, and without flags that only change the output. */
function commandLines(name: string, flags: SuiteFlags, seed: number): readonly string[] {
  const repeat = [
    "nicbench",
    "run",
    name,
    ...(flags.testbed === undefined ? [] : ["--testbed", flags.testbed]),
    ...(flags.tag ?? []).flatMap((tag) => ["--tag", tag]),
    ...(flags.set ?? []).flatMap((set) => ["--set", set]),
    "--seed",
    String(seed),
    ...(flags.shard === undefined ? [] : ["--shard", `${flags.shard.index}/${flags.shard.total}`]),
  ];
  return [shellLine(["nicbench", ...process.argv.slice(2)]), shellLine(repeat)];
}

async function resume(
  name: string,
  suite: string | undefined,
  flags: RunFlags,
  signal: AbortSignal,
): Promise<PreparedRun> {
  const given = [
    suite === undefined ? [] : "a suite",
    flags.tag === undefined ? [] : "--tag",
    flags.set === undefined ? [] : "--set",
    flags.seed === undefined ? [] : "--seed",
    flags.testbed === undefined ? [] : "--testbed",
    flags.shard === undefined ? [] : "--shard",
    flags.grace === undefined ? [] : "--grace",
    flags.reuse === undefined ? [] : "--reuse",
    flags.why === undefined ? [] : "--why",
    flags.dryRun === undefined ? [] : "--dry-run",
  ].flat();
  if (given.length === 0) return prepareResume(await findRun(name, flags.results), accessOf(flags, signal));
  throw new UserError(
    "USAGE",
    `--resume goes on as the run began; it does not go together with ${given.join(", ")}.`,
    "Leave those out, or start a new run without --resume.",
  );
}

async function preview(request: RunRequest, flags: RunFlags): Promise<ExitCode> {
  const { plan, warnings } = await withLocalAgent((agent) => {
    if (!agent.native.available) warn(agent.native.reason, agent.native.hint);
    return previewRun(request, agent);
  });
  for (const warning of warnings) warn(warning);
  printPlan(request.suite, plan, flags.json === true);
  return EXIT.ok;
}

async function measure(prepared: PreparedRun, flags: RunFlags, interrupt: Interrupt): Promise<ExitCode> {
  const { directory } = prepared.writer;
  const reused = reusedTrials(prepared.decisions, flags);
  const summary = await execute(prepared, flags.quiet === true || flags.json === true, interrupt, reused);
  await conclude(directory, summary, flags);
  return exitCodeOf(summary);
}

/** Runs all trials, and closes the agents. */
export async function execute(
  prepared: PreparedRun,
  silent: boolean,
  interrupt: Interrupt,
  reused: readonly TrialRecord[] = [],
): Promise<Summary> {
  const { plan, writer, agents, warnings, lookAgain } = prepared;
  for (const warning of warnings) warn(warning);
  try {
    const judge = (measured: Summary) => claimVerdicts(writer.manifest, measured);
    const openPoints = (measured: Summary) => pointsOfOpenClaims(writer.manifest, measured);
    const onEvent = silent ? quietDisplay() : progressDisplay();
    const { signal } = interrupt;
    return await executeRun({ plan, writer, agents, onEvent, reused, signal, judge, openPoints, lookAgain });
  } finally {
    await agents.close();
  }
}

/** Prints what came out, and writes the report; a report that cannot be written does not spoil the run. */
async function conclude(directory: string, summary: Summary, flags: RunFlags): Promise<void> {
  const { manifest, trials, skipped } = await readRun(directory);
  const input = await reportInput({ manifest, summary, trials, skipped });
  if (flags.json === true) print(JSON.stringify(summary, null, 2));
  else {
    const [{ formatResultTable }, { formatClaims }] = await Promise.all([
      import("../report/text.js"),
      import("../report/claims.js"),
    ]);
    const color = wantsColors(process.stdout);
    print(`\n${formatResultTable(input, { color })}\n`);
    const claims = formatClaims(input, { color, width: process.stdout.columns ?? 100 });
    if (claims !== "") print(`${claims}\n`);
  }
  const report = flags.report ? await tryReport(input, join("reports", manifest.run)) : undefined;
  if (flags.json === true) return;
  print(closing(summary, directory, report, input));
}

/** A report without published values is better than none. */
export async function reportInput(run: MeasuredRun): Promise<ReportInput> {
  const { prepareReport } = await import("../report/prepare.js");
  try {
    return await prepareReport(run);
  } catch (error) {
    warn(`the report lacks what was published: ${messageOf(error)}`);
    if (!(error instanceof UserError)) tell(error instanceof Error ? (error.stack ?? "") : "");
    return run;
  }
}

function closing(summary: Summary, directory: string, report: string | undefined, input: ReportInput): string {
  const { ok, suspect, failed, skipped, reused = 0 } = summary.trials;
  const others = reused === 0 ? "" : `; ${reused} of the trials are of earlier runs`;
  const resume =
    summary.outcome === "interrupted" ? [`Go on:   nicbench run --resume ${shellLine([shown(directory)])}`] : [];
  return [
    `Trials:  ${ok} ok, ${suspect} suspect, ${failed} failed; ${skipped} points skipped${others}${interruptedNote(summary)}`,
    ...suspectLine(input.trials),
    ...caveatsOf(input).map((caveat) => `Note:    ${caveat}`),
    `Run:     ${shown(directory)}`,
    ...(report === undefined ? [] : [`Report:  ${report}`]),
    ...resume,
    `Again:   ${input.manifest.command.at(-1) ?? ""}`,
  ].join("\n");
}

/** How many trials each flag made suspect, the commonest first. */
function suspectLine(trials: readonly TrialRecord[]): readonly string[] {
  const suspect = trials.filter(({ status }) => status === "suspect");
  const flags = [...new Set(suspect.flatMap((trial) => trial.flags))];
  if (flags.length === 0) return [];
  const counts = flags.map((flag) => ({ flag, count: suspect.filter((trial) => trial.flags.includes(flag)).length }));
  const texts = counts.toSorted((a, b) => b.count - a.count).map(({ flag, count }) => `${count} ${flag}`);
  return [`Suspect: ${texts.join(", ")}; what that means: docs/methodology.md#verdicts`];
}

function interruptedNote({ outcome }: Summary): string {
  return outcome === "interrupted" ? "; stopped before the end" : "";
}

export async function tryReport(input: Parameters<typeof import("../report/write.js").writeReport>[0], folder: string) {
  try {
    const { writeReport } = await import("../report/write.js");
    const [file] = await writeReport(input, folder, ["html"]);
    return file;
  } catch (error) {
    warn(
      `there is no report: ${messageOf(error)}`,
      `The run itself is saved; try: nicbench report ${input.manifest.run}`,
    );
    if (!(error instanceof UserError)) tell(error instanceof Error ? (error.stack ?? "") : "");
    return undefined;
  }
}

/** Failed trials count even where the point was measured in the end: something crashed, and somebody should look. */
export function exitCodeOf({ outcome, trials, points }: Summary): ExitCode {
  if (outcome === "interrupted") return EXIT.interrupted;
  const measured = points.some(({ metrics }) => Object.keys(metrics).length > 0);
  return trials.failed > 0 || !measured ? EXIT.failedTrials : EXIT.ok;
}

function whyNeedsHosts(): UserError {
  const hint = "Leave one of them out; --why tells before the first trial, and Ctrl-C stops there.";
  return new UserError("USAGE", "--why needs the hosts, which --dry-run does not start.", hint);
}

function noSuite(): UserError {
  return new UserError(
    "USAGE",
    "There is no suite to run.",
    "Name one, such as suites/quickstart.yaml; nicbench list suites shows those that ship.",
  );
}
