/** What `nicbench gate` does: find or measure the samples, judge, tell, and pick the exit code. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, messageOf, UserError } from "../errors.js";
import { experiments } from "../experiments/registry.js";
import { readBaseline, withRuns, writeBaseline } from "../gate/baseline.js";
import { noiseFloorOf, type NoiseFloor } from "../gate/noise_floor.js";
import { gateInRounds, judgeRuns, type Rounds } from "../gate/rounds.js";
import { checkRules, chooseRules, type RuleFlags } from "../gate/rules.js";
import { pool, samplesOfRun, type SampleSets } from "../gate/samples.js";
import { gateAnnotations } from "../report/comparison/annotations.js";
import { gateJson } from "../report/comparison/json.js";
import { gateJunit } from "../report/comparison/junit.js";
import { gateMarkdown } from "../report/comparison/markdown.js";
import { countsText, gateDifferences, gateNotes, gateRows } from "../report/comparison/rows.js";
import { gateRulesOf } from "../suite/gate.js";
import { parseDuration, parseShare } from "../units.js";
import { parseChoice } from "./choices.js";
import { parseConfidence } from "./compare_command.js";
import { EXIT } from "./exit_codes.js";
import { holdAgainst } from "./gate_against.js";
import { measureOnce, onlyPoints } from "./gate_measure.js";
import { listenForInterrupt } from "./interrupt.js";
import { requestOf } from "./run_command.js";
import { namedRun, namedSets, suspectPolicy } from "./sample_sets.js";
import { colorsFor, columns, print, tell } from "./terminal.js";
import type { HostState } from "../gate/host_state.js";
import type { Outcome } from "../gate/judge.js";
import type { GateReport } from "../report/comparison/input.js";
import type { Run } from "../results/reader.js";
import type { GateRule } from "../suite/model.js";
import type { ExitCode } from "./exit_codes.js";
import type { GateFlags } from "./gate_flags.js";

export async function gate(names: readonly string[], flags: GateFlags): Promise<ExitCode> {
  parseChoice(flags.reused, ["refuse", "count"] as const, "policy for reused trials");
  suspectPolicy(flags); // wrong flags are told before anything is measured
  const chosen = ruleFlags(flags);
  const [first = ""] = names;
  const isSuite = /\.ya?ml$/.test(first);
  if (isSuite && names.length > 1) throw mixed(first);
  if ([flags.baseline, flags.saveBaseline, flags.addToBaseline].filter(Boolean).length > 1) throw bothBaselines();
  if (flags.saveBaseline !== undefined) return saveBaseline(flags.saveBaseline, names, chosen, flags);
  if (flags.addToBaseline !== undefined) return addToBaseline(flags.addToBaseline, names, chosen, flags);
  const held = await hold(names, isSuite, chosen, flags);
  const report = { ...held, strict: flags.strict === true };
  await tellResult(report, flags);
  return isSuite && report.candidate.outcome === "interrupted" ? EXIT.interrupted : exitCodeOf(report);
}

type Held = Omit<GateReport, "strict">;

/** The run against what it is to be held against. */
async function hold(names: readonly string[], isSuite: boolean, chosen: RuleFlags, flags: GateFlags): Promise<Held> {
  const [first = ""] = names;
  if (flags.against !== undefined) {
    if (!isSuite || flags.baseline !== undefined) throw notAgainst();
    return holdAgainst(first, flags.against, chosen, flags);
  }
  if (flags.baseline === undefined) throw noBaseline();
  const baseline = await namedSets(flags.baseline, flags);
  const floor = baseline.length === 1 ? await noiseFloorOf(baseline[0].environment) : undefined;
  const { judgement, runs } = isSuite
    ? await gateSuite(first, { baseline, floor }, chosen, flags)
    : await gateRuns(names, { baseline, floor }, chosen, flags);
  return { judgement, baseline: pool(baseline), floor, candidate: pool(runs) };
}

function ruleFlags({ metric = [], worseBy, confidence }: GateFlags): RuleFlags {
  return {
    metrics: metric,
    worseBy: worseBy === undefined ? undefined : parseShare(worseBy),
    confidence: confidence === undefined ? undefined : parseConfidence(confidence),
  };
}

/** What runs are held against. */
interface Known {
  readonly baseline: SampleSets;
  readonly floor: NoiseFloor | undefined;
}

async function gateRuns(
  names: readonly string[],
  { baseline, floor }: Known,
  chosen: RuleFlags,
  flags: GateFlags,
): Promise<Rounds> {
  const { sets, rules } = await readRuns(names, chosen, flags, baseline[0].state);
  checkRules(rules, pool(baseline), sets[0].metrics);
  return { judgement: judgeRuns(baseline, sets, rules, { floor: floor?.metrics }), runs: sets };
}

interface ReadRuns {
  readonly sets: SampleSets;
  readonly rules: readonly GateRule[];
}

/** @param state of the hosts that samples are wanted from; left out, the first run's */
async function readRuns(
  names: readonly string[],
  chosen: RuleFlags,
  flags: GateFlags,
  state?: HostState,
): Promise<ReadRuns> {
  const runs: Run[] = [];
  for (const name of names) runs.push(await namedRun(name, flags));
  const [firstRun, ...otherRuns] = runs;
  if (firstRun === undefined) throw new Error("the command line lets no empty list through");
  const first = samplesOfRun(firstRun, suspectPolicy(flags), state);
  const others = otherRuns.map((run) => samplesOfRun(run, suspectPolicy(flags), first.state));
  const { suite, points } = firstRun.manifest;
  return { sets: [first, ...others], rules: chooseRules(gateRulesOf(suite.resolved, points), chosen) };
}

/** Runs the suite as often as the budget allows and the verdict needs; each run has a directory of its own. */
async function gateSuite(
  name: string,
  { baseline, floor }: Known,
  chosen: RuleFlags,
  flags: GateFlags,
): Promise<Rounds> {
  const budgetSeconds = parseDuration(flags.budget ?? "0s");
  const interrupt = listenForInterrupt();
  try {
    const request = await requestOf(name, flags, interrupt.signal);
    const rules = chooseRules(request.suite.gate, chosen);
    checkRules(rules, pool(baseline), experiments.get(request.suite.experiment)?.metrics ?? []);
    const measure = (points?: ReadonlySet<string>) =>
      measureOnce(onlyPoints(request, points), baseline[0].state, flags, interrupt);
    const now = () => performance.now() / 1000;
    return await gateInRounds({ baseline, floor: floor?.metrics, rules, measure, budgetSeconds, now });
  } finally {
    interrupt.dispose();
  }
}

async function saveBaseline(
  file: string,
  names: readonly string[],
  chosen: RuleFlags,
  flags: GateFlags,
): Promise<ExitCode> {
  const { sets, rules } = await readRuns(names, chosen, flags);
  const [first, ...others] = sets;
  const all = withRuns([first], others);
  checkRules(rules, pool(all), first.metrics);
  await writeBaseline(
    file,
    all,
    rules.map(({ metric }) => metric),
  );
  print(file);
  return EXIT.ok;
}

/** The metrics are those that the file has. */
async function addToBaseline(
  file: string,
  names: readonly string[],
  chosen: RuleFlags,
  flags: GateFlags,
): Promise<ExitCode> {
  const known = await readBaseline(file);
  const metrics = known[0].metrics.map(({ name }) => name);
  const { sets } = await readRuns(names, { ...chosen, metrics }, flags, known[0].state);
  const all = withRuns(known, sets);
  await writeBaseline(file, all, metrics);
  print(`${file}: ${all.length} ${all.length === 1 ? "run" : "runs"}`);
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

function notAgainst(): UserError {
  const hint = "nicbench gate --against DIRECTORY SUITE";
  return new UserError("USAGE", "--against measures a suite with two builds, and goes without a baseline.", hint);
}

function bothBaselines(): UserError {
  const hint = "First hold the run against the baseline, then save it or add it.";
  return new UserError("USAGE", "--baseline, --save-baseline and --add-to-baseline do not go together.", hint);
}

function mixed(suite: string): UserError {
  const hint = "Name one suite, or any number of runs.";
  return new UserError("USAGE", `The suite ${suite} is measured by itself.`, hint);
}
