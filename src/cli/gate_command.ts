/** What `nicbench gate` does: find or measure the samples, judge, tell, and pick the exit code. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, messageOf, UserError } from "../errors.js";
import { experiments } from "../experiments/registry.js";
import { writeBaseline } from "../gate/baseline.js";
import { gateInRounds, judgeRuns, type Rounds } from "../gate/rounds.js";
import { checkRules, chooseRules, type RuleFlags } from "../gate/rules.js";
import { pool, samplesOfRun, type SampleSet } from "../gate/samples.js";
import { gateAnnotations } from "../report/comparison/annotations.js";
import { gateJson } from "../report/comparison/json.js";
import { gateJunit } from "../report/comparison/junit.js";
import { gateMarkdown } from "../report/comparison/markdown.js";
import { countsText, gateDifferences, gateNotes, gateRows } from "../report/comparison/rows.js";
import { readRun } from "../results/reader.js";
import { prepareRun } from "../runner/prepare.js";
import { gateRulesOf } from "../suite/gate.js";
import { parseDuration, parseShare } from "../units.js";
import { parseConfidence } from "./compare_command.js";
import { EXIT } from "./exit_codes.js";
import { listenForInterrupt, type Interrupt } from "./interrupt.js";
import { execute, requestOf, type SuiteFlags } from "./run_command.js";
import { namedRun, namedSet, suspectPolicy, type SetFlags } from "./sample_sets.js";
import { colorsFor, columns, print, tell } from "./terminal.js";
import type { Outcome } from "../gate/judge.js";
import type { GateReport } from "../report/comparison/input.js";
import type { Run } from "../results/reader.js";
import type { GateRule } from "../suite/model.js";
import type { ExitCode } from "./exit_codes.js";

export interface GateFlags extends SetFlags, SuiteFlags {
  readonly results: string;
  readonly baseline?: string;
  readonly saveBaseline?: string;
  readonly metric?: readonly string[];
  readonly worseBy?: string;
  readonly confidence?: string;
  readonly strict?: true;
  readonly junit?: string;
  readonly markdown?: string;
  readonly github?: true;
  readonly json?: true;
  readonly budget: string;
}

export async function gate(names: readonly string[], flags: GateFlags): Promise<ExitCode> {
  suspectPolicy(flags); // wrong flags are told before anything is measured
  const chosen = ruleFlags(flags);
  const [first = ""] = names;
  const isSuite = /\.ya?ml$/.test(first);
  if (isSuite && names.length > 1) throw mixed(first);
  if (flags.saveBaseline !== undefined) return saveBaseline(flags.saveBaseline, names, chosen, flags);
  if (flags.baseline === undefined) throw noBaseline();
  const baseline = await namedSet(flags.baseline, flags);
  const { judgement, runs } = isSuite
    ? await gateSuite(first, baseline, chosen, flags)
    : await gateRuns(names, baseline, chosen, flags);
  const report = { judgement, baseline, candidate: pool(runs), strict: flags.strict === true };
  await tellResult(report, flags);
  return isSuite && report.candidate.outcome === "interrupted" ? EXIT.interrupted : exitCodeOf(report);
}

function ruleFlags({ metric = [], worseBy, confidence }: GateFlags): RuleFlags {
  return {
    metrics: metric,
    worseBy: worseBy === undefined ? undefined : parseShare(worseBy),
    confidence: confidence === undefined ? undefined : parseConfidence(confidence),
  };
}

async function gateRuns(
  names: readonly string[],
  baseline: SampleSet,
  chosen: RuleFlags,
  flags: GateFlags,
): Promise<Rounds> {
  const { sets, rules } = await readRuns(names, chosen, flags);
  checkRules(rules, baseline, sets[0].metrics);
  return { judgement: judgeRuns(baseline, sets, rules), runs: sets };
}

interface ReadRuns {
  readonly sets: readonly [SampleSet, ...SampleSet[]];
  readonly rules: readonly GateRule[];
}

async function readRuns(names: readonly string[], chosen: RuleFlags, flags: GateFlags): Promise<ReadRuns> {
  const runs: Run[] = [];
  for (const name of names) runs.push(await namedRun(name, flags));
  const [first, ...others] = runs.map((run) => samplesOfRun(run, suspectPolicy(flags)));
  if (first === undefined) throw new Error("the command line lets no empty list through");
  const { suite, points } = runs[0]?.manifest ?? { suite: undefined, points: [] };
  return { sets: [first, ...others], rules: chooseRules(gateRulesOf(suite?.resolved, points), chosen) };
}

/** Runs the suite as often as the budget allows and the verdict needs; each run has a directory of its own. */
async function gateSuite(name: string, baseline: SampleSet, chosen: RuleFlags, flags: GateFlags): Promise<Rounds> {
  const budgetSeconds = parseDuration(flags.budget);
  const interrupt = listenForInterrupt();
  try {
    const request = await requestOf(name, flags, interrupt.signal);
    const rules = chooseRules(request.suite.gate, chosen);
    checkRules(rules, baseline, experiments.get(request.suite.experiment)?.metrics ?? []);
    const measure = () => measureOnce(request, flags, interrupt);
    return await gateInRounds({ baseline, rules, measure, budgetSeconds, now: () => performance.now() / 1000 });
  } finally {
    interrupt.dispose();
  }
}

async function measureOnce(
  request: Parameters<typeof prepareRun>[0],
  flags: GateFlags,
  interrupt: Interrupt,
): Promise<SampleSet> {
  const prepared = await prepareRun(request);
  const { directory } = prepared.writer;
  await execute(prepared, flags.json === true, interrupt);
  return samplesOfRun(await readRun(directory), suspectPolicy(flags));
}

async function saveBaseline(
  file: string,
  names: readonly string[],
  chosen: RuleFlags,
  flags: GateFlags,
): Promise<ExitCode> {
  if (flags.baseline !== undefined) throw bothBaselines();
  const { sets, rules } = await readRuns(names, chosen, flags);
  const set = pool(sets);
  checkRules(rules, set, set.metrics);
  await writeBaseline(
    file,
    set,
    rules.map(({ metric }) => metric),
  );
  print(file);
  return EXIT.ok;
}

async function tellResult(report: GateReport, { junit, markdown, github, json }: GateFlags): Promise<void> {
  if (junit !== undefined) await save(junit, gateJunit(report));
  if (markdown !== undefined) await save(markdown, gateMarkdown(report));
  if (json === true) print(JSON.stringify(gateJson(report), null, 2));
  else printResult(report);
  // GitHub reads annotations on either stream; JSON keeps stdout to itself.
  if (github === true) for (const line of gateAnnotations(report)) (json === true ? tell : print)(line);
}

function printResult(report: GateReport): void {
  const { outcome } = report.judgement;
  const colors = colorsFor(process.stdout);
  const paint: Record<Outcome, (text: string) => string> = {
    passed: colors.green,
    regressed: colors.red,
    broken: colors.red,
    inconclusive: colors.yellow,
  };
  const differing = gateDifferences(report);
  const blocks = [
    columns(gateRows(report)),
    gateNotes(report).join("\n"),
    differing.length === 0 ? "" : columns(differing),
    `${paint[outcome](`Gate ${outcome}`)}. ${countsText(report)}.`,
  ];
  print(blocks.filter(Boolean).join("\n\n").replaceAll(/ +$/gm, ""));
}

async function save(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (error) {
    const message = `${file} could not be written: ${codeOf(error) ?? messageOf(error)}.`;
    throw new UserError("GATE_NOT_WRITTEN", message, "Check the folder's rights and the free space.", { cause: error });
  }
}

function exitCodeOf({ judgement: { outcome }, strict }: GateReport): ExitCode {
  if (outcome === "regressed") return EXIT.gate;
  if (outcome === "broken") return EXIT.failedTrials;
  return outcome === "inconclusive" && strict ? EXIT.inconclusive : EXIT.ok;
}

function noBaseline(): UserError {
  return new UserError(
    "USAGE",
    "There is no baseline to hold the run against.",
    "Name a file or a run with --baseline; write a file with: nicbench gate --save-baseline FILE latest",
  );
}

function bothBaselines(): UserError {
  const hint = "First hold the run against the old one, then save it as the new one.";
  return new UserError("USAGE", "--save-baseline does not go together with --baseline.", hint);
}

function mixed(suite: string): UserError {
  const hint = "Name one suite, or any number of runs.";
  return new UserError("USAGE", `The suite ${suite} is measured by itself.`, hint);
}
