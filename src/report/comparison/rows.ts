/** What gates and comparisons show, as rows of texts: the terminal and Markdown print them in their own way. */
import { differences, isOtherMachine, type Difference } from "../../gate/environment.js";
import { pointLabeller, type Labeller } from "../params.js";
import { quantityText } from "../scale.js";
import type { SpreadSource } from "../../gate/between_runs.js";
import type { ComparedRun, Comparison } from "../../gate/compare.js";
import type { Check, Outcome, Side } from "../../gate/judge.js";
import type { LeftOut, PointSamples } from "../../gate/samples.js";
import type { RatioEstimate } from "../../statistics/ratio.js";
import type { GateReport } from "./input.js";

/** A header, then the rows. */
export type Rows = readonly (readonly string[])[];

/** What failed first, then what is open; the rest as measured. */
const URGENCY: readonly Outcome[] = ["regressed", "broken", "inconclusive", "passed"];

export function gateRows({ judgement, baseline }: GateReport): Rows {
  const label = pointLabeller([...baseline.points, ...judgement.newPoints]);
  const checks = judgement.checks.toSorted((a, b) => URGENCY.indexOf(a.outcome) - URGENCY.indexOf(b.outcome));
  const rows = checks.map((check) => [
    check.outcome,
    label(check.point),
    check.metric.name,
    sideText(check.baseline, check),
    sideText(check.candidate, check),
    changeText(check.ratio),
    ruleText(check),
    check.reason ?? "",
  ]);
  return [["outcome", "point", "metric", "baseline", "now", "change", "fails if", ""], ...rows];
}

/** Points with trials that are not among the samples, and those that nothing is held against. */
export function gateNotes(report: GateReport): readonly string[] {
  const { judgement, baseline, candidate } = report;
  const label = pointLabeller([...baseline.points, ...candidate.points]);
  const interrupted = `The run ended before it was complete: ${candidate.runs.join(", ")}.`;
  const machines = machineDifferences(report);
  return [
    ...(candidate.outcome === "interrupted" ? [interrupted] : []),
    ...spreadNote(report),
    ...candidate.points.flatMap((point) => leftOutNote(label(point), point.leftOut)),
    ...judgement.newPoints.map((point) => `${label(point)}: not in the baseline, so it is held against nothing.`),
    ...(machines.length > 0 ? [`Baseline and run are from different machines: ${machines.join(", ")}.`] : []),
  ];
}

/** What differs between baseline and run, beside the numbers. */
export function gateDifferences({ baseline, candidate }: GateReport): Rows {
  const differing = [
    ...differences([baseline.settings, candidate.settings]),
    ...differences([baseline.environment, candidate.environment]),
  ];
  return differenceRows(["baseline", "run"], differing);
}

/** `3 checks: 1 regressed, 2 passed` */
export function countsText({ judgement: { checks } }: GateReport): string {
  const counts = URGENCY.map((outcome) => {
    const count = checks.filter((check) => check.outcome === outcome).length;
    return count === 0 ? "" : `${count} ${outcome}`;
  });
  return `${checks.length} ${checks.length === 1 ? "check" : "checks"}: ${counts.filter(Boolean).join(", ") || "none"}`;
}

export function compareRows({ others }: Comparison, points: readonly PointSamples[]): Rows {
  const label = pointLabeller(points);
  const rows = others.flatMap(({ runs, rows: compared }) =>
    compared.map(({ point, metric, first, other, ratio, probability, verdict }) => [
      ...(others.length > 1 ? [runs.join(", ")] : []),
      label(point),
      metric.name,
      `${quantityText(first.median, metric.unit)} (${first.n})`,
      `${quantityText(other.median, metric.unit)} (${other.n})`,
      changeText(ratio),
      probabilityText(probability),
      verdict,
    ]),
  );
  const head = [...(others.length > 1 ? ["run"] : []), "point", "metric", "first (trials)", "other (trials)"];
  return [[...head, "change", "p", "verdict"], ...rows];
}

/** What keeps rows from a verdict, and points from a row. */
export function compareNotes(
  { others, first, neededTrials }: Comparison,
  points: readonly PointSamples[],
): readonly string[] {
  const label = pointLabeller(points);
  const few = `Too few trials for so many rows: ${neededTrials} a side are needed to find anything; or compare fewer metrics.`;
  const unpaired = others.flatMap(({ runs, onlyFirst, onlyOther }) => [
    ...onlyFirst.map((point) => onlyIn(label, point, first)),
    ...onlyOther.map((point) => onlyIn(label, point, runs)),
  ]);
  return [...(neededTrials === undefined ? [] : [few]), ...others.flatMap(stateNote), ...unpaired];
}

function stateNote({ runs, sameState }: ComparedRun): readonly string[] {
  if (sameState) return [];
  const which = runs.join(", ");
  return [
    `The host was in another state in ${which} than in the first run, by the calibration loop: differences may be the host's.`,
  ];
}

export function compareDifferences({ first, others, environment, settings }: Comparison): Rows {
  const names = [first, ...others.map(({ runs }) => runs)].map((runs) => runs.join(", "));
  return differenceRows(names, [...settings, ...environment]);
}

/** Empty where nothing differs. Long values are cut to where they part; JSON has them whole. */
function differenceRows(names: readonly string[], differing: readonly Difference[]): Rows {
  return differing.length === 0
    ? []
    : [["differs", ...names], ...differing.map(({ name, values }) => [name, ...excerpts(values)])];
}

const EXCERPT = 60;
/** Of it, what stands before the first difference. */
const BEFORE = 20;

function excerpts(values: readonly string[]): readonly string[] {
  const [first = ""] = values;
  let parting = 0;
  while (parting < first.length && values.every((value) => value[parting] === first[parting])) ++parting;
  const start = Math.max(0, parting - BEFORE);
  return values.map((value) => {
    if (value.length <= EXCERPT) return value;
    const cut = value.slice(start, start + EXCERPT);
    return `${start === 0 ? "" : "…"}${cut}${start + EXCERPT < value.length ? "…" : ""}`;
  });
}

/** `-9.8% (-10.4% to -9.1%)`. */
export function changeText(ratio: RatioEstimate | undefined): string {
  if (ratio === undefined) return "–";
  return `${percent(ratio.ratio)} (${percent(ratio.low)} to ${percent(ratio.high)})`;
}

/** `lower by 5% (99% sure)` */
export function ruleText({ metric, rule }: Pick<Check, "metric" | "rule">): string {
  const direction = metric.better === "lower" ? "higher" : "lower";
  return `${direction} by ${quantityText(rule.worseBy, "ratio")} (${quantityText(rule.confidence, "ratio")} sure)`;
}

export function sideText({ median, n }: Side, { metric }: Pick<Check, "metric">): string {
  return median === undefined ? "–" : `${quantityText(median, metric.unit)} (${n})`;
}

function percent(ratio: number): string {
  const share = (ratio - 1) * 100;
  const text = share.toFixed(Math.abs(share) < 100 ? 1 : 0).replace(/^-(0\.0)$/, "$1");
  return `${Number(text) > 0 ? "+" : ""}${text}%`;
}

function probabilityText(probability: number): string {
  return probability < 0.001 ? "<0.001" : probability.toFixed(3);
}

function machineDifferences({ baseline, candidate }: GateReport): readonly string[] {
  return differences([baseline.environment, candidate.environment])
    .filter(isOtherMachine)
    .map(({ name }) => name);
}

/** One run does not tell how much runs of one build differ. */
function spreadNote({ judgement: { checks }, floor }: GateReport): readonly string[] {
  const goneBy = (source: SpreadSource) => checks.filter(({ betweenRuns }) => betweenRuns === source);
  const metrics = [...new Set(goneBy("noise-floor").map(({ metric }) => metric.name))];
  const deviations = metrics.map((name) => `${name} ${quantityText(floor?.metrics[name]?.deviation ?? 0, "ratio")}`);
  const found = `is what the self-test ${floor?.run} found on this host (standard deviation: ${deviations.join(", ")})`;
  const assumed =
    "is not known, and assumed from what trials do. `nicbench selftest statistics` measures it on this host";
  return [
    ...(metrics.length === 0 ? [] : [`${OF_ONE_RUN} ${found}. ${MORE_RUNS}`]),
    ...(goneBy("trials").length === 0 ? [] : [`${OF_ONE_RUN} ${assumed}. ${MORE_RUNS}`]),
  ];
}

const OF_ONE_RUN = "The baseline is of one run. How much runs of one build differ";
const MORE_RUNS = "Runs of other days tell more: nicbench gate --add-to-baseline FILE RUN";

function leftOutNote(label: string, { suspect, failed, otherState = 0 }: LeftOut): readonly string[] {
  const parts = [
    ...(suspect > 0 ? [`${suspect} ${suspect === 1 ? "repetition is" : "repetitions are"} suspect and left out`] : []),
    ...(otherState > 0
      ? [
          `${otherState} ${otherState === 1 ? "repetition" : "repetitions"} found the host in another state and are left out`,
        ]
      : []),
    ...(failed > 0 ? [`${failed} ${failed === 1 ? "trial" : "trials"} failed`] : []),
  ];
  return parts.length === 0 ? [] : [`${label}: ${parts.join("; ")}.`];
}

function onlyIn(label: Labeller, point: PointSamples, runs: readonly string[]): string {
  return `${label(point)}: only in ${runs.join(", ")} (${point.status}).`;
}
