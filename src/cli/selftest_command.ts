/** What `nicbench selftest` does: record, or find what was recorded, play gates with it, and write table and chart. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, messageOf, UserError } from "../errors.js";
import { keepNoiseFloor } from "../gate/noise_floor.js";
import { noiseFloorOfRecording, roundsOf, selfTest, SLOWDOWN, type SelfTestRow } from "../gate/self_test.js";
import { selfTestSpec } from "../report/self_test_chart.js";
import { renderSvg } from "../report/svg.js";
import { findRun } from "../results/query.js";
import { readRun, type Run } from "../results/reader.js";
import { prepareRun } from "../runner/prepare.js";
import { gateRulesOf } from "../suite/gate.js";
import { formatQuantity } from "../units.js";
import { parseChoice, wholeNumber } from "./choices.js";
import { EXIT, type ExitCode } from "./exit_codes.js";
import { listenForInterrupt } from "./interrupt.js";
import { execute, requestOf, type SuiteFlags } from "./run_command.js";
import { columns, print, warn } from "./terminal.js";

export interface SelfTestFlags extends SuiteFlags {
  readonly run?: string;
  readonly rounds: string;
  readonly gates: string;
  readonly out?: string;
  readonly json?: true;
}

const SUITE = "selftest/statistics";
const LENGTHS = [5, 10, 20, 40, 80];
/** That a gate may measure: one, one that confirms it, and one more. */
const RUNS = 3;

export async function selfTestCommand(what: string, flags: SelfTestFlags): Promise<ExitCode> {
  parseChoice(what, ["statistics"] as const, "self-test");
  const gates = wholeNumber(flags.gates, "gates");
  const recording = flags.run === undefined ? await record(flags) : await recorded(flags.run, flags);
  if (recording.summary.outcome === "interrupted" && flags.run === undefined) return EXIT.interrupted;
  const rules = gateRulesOf(recording.manifest.suite.resolved, recording.manifest.points);
  const rows = await selfTest(recording, { rules, lengths: LENGTHS, gates, runs: RUNS, seed: flags.seed ?? 1 });
  if (rows.length === 0) throw tooShort(recording);
  const floor = noiseFloorOfRecording(recording);
  const files = [
    ...(await save(rows, flags.out ?? join("reports", recording.manifest.run))),
    ...(Object.keys(floor.metrics).length === 0 ? [] : [await keepNoiseFloor(floor)]),
  ];
  if (flags.json === true) print(JSON.stringify({ schema: 1, run: recording.manifest.run, rows }, null, 2));
  else print(`${columns(table(rows))}\n\n${files.join("\n")}`);
  return EXIT.ok;
}

async function record(flags: SelfTestFlags): Promise<Run> {
  const rounds = wholeNumber(flags.rounds, "rounds");
  const interrupt = listenForInterrupt();
  try {
    const request = await requestOf(SUITE, { ...flags, set: [`repeat.min=${rounds}`] }, interrupt.signal);
    const prepared = await prepareRun(request);
    const { directory } = prepared.writer;
    await execute(prepared, flags.json === true, interrupt);
    return await readRun(directory);
  } finally {
    interrupt.dispose();
  }
}

/** @throws {UserError} `SELFTEST_OTHER_RUN`: it is a run of another suite */
async function recorded(name: string, { results }: SelfTestFlags): Promise<Run> {
  const run = await readRun(await findRun(name, results));
  for (const warning of run.warnings) warn(warning);
  if (run.summary.points.every(({ params }) => typeof params[SLOWDOWN] === "number")) return run;
  const problem = `${run.manifest.run} is no recording of the self-test: its points are not told apart by ${SLOWDOWN}.`;
  throw new UserError("SELFTEST_OTHER_RUN", problem, "Record one: nicbench selftest statistics");
}

/** Shares in percent; in CSV with more digits. */
function table(rows: readonly SelfTestRow[]): readonly (readonly string[])[] {
  const header = ["design", "trials a run, or pairs", "slower by", "regressed", "passed", "inconclusive", "measured"];
  const body = rows.map(({ design, length, slowdown, gates, outcomes, measured }) => [
    design,
    String(length),
    formatQuantity(slowdown, "ratio"),
    ...[outcomes.regressed, outcomes.passed, outcomes.inconclusive].map(
      (count) => `${((100 * count) / gates).toFixed(1)} %`,
    ),
    measured.toFixed(1),
  ]);
  return [header, ...body];
}

async function save(rows: readonly SelfTestRow[], folder: string): Promise<readonly string[]> {
  const header = "design,trials,slowdown,gates,regressed,passed,inconclusive,broken,measured";
  const lines = rows.map(
    ({ design, length, slowdown, gates, outcomes: { regressed, passed, inconclusive, broken }, measured }) =>
      [design, length, slowdown, gates, regressed, passed, inconclusive, broken, measured].join(","),
  );
  const files = [
    { name: join(folder, "gates.csv"), text: `${[header, ...lines].join("\n")}\n` },
    { name: join(folder, "gates.svg"), text: await renderSvg(selfTestSpec(rows)) },
  ];
  try {
    await mkdir(folder, { recursive: true });
    for (const { name, text } of files) await writeFile(name, text);
  } catch (error) {
    const message = `${folder} could not be written: ${codeOf(error) ?? messageOf(error)}.`;
    const hint = "Check the folder's rights and the free space, or choose another with --out.";
    throw new UserError("REPORT_NOT_WRITTEN", message, hint, { cause: error });
  }
  return files.map(({ name }) => name);
}

function tooShort(recording: Run): UserError {
  const least = 2 * Math.min(...LENGTHS);
  return new UserError(
    "SELFTEST_TOO_SHORT",
    `${recording.manifest.run} has ${roundsOf(recording)} rounds, and a gate of ${Math.min(...LENGTHS)} trials a side needs ${least}.`,
    `Record more: nicbench selftest statistics --rounds ${(RUNS + 1) * Math.max(...LENGTHS)}`,
  );
}
