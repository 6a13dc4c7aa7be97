/** Which rules a gate goes by: flags, else the suite's. */
import { UserError } from "../errors.js";
import { didYouMean } from "../yaml/nearest.js";
import { isWanted } from "./points.js";
import type { GateRule } from "../suite/model.js";
import type { SampleMetric, SampleSet } from "./samples.js";

/** What the command line says of the rules. */
export interface RuleFlags {
  /** Gate these instead of what the suite gates. */
  readonly metrics: readonly string[];
  /** For every rule. */
  readonly worseBy?: number | undefined;
  readonly confidence?: number | undefined;
}

const WORSE_BY = 0.05;
const CONFIDENCE = 0.99;

/** @throws {UserError} `GATE_NO_RULES` */
export function chooseRules(
  suite: readonly GateRule[],
  { metrics, worseBy, confidence }: RuleFlags,
): readonly GateRule[] {
  const named = metrics.map((metric) => ({ metric, worseBy: WORSE_BY, confidence: CONFIDENCE }));
  const rules = named.length > 0 ? named : suite;
  if (rules.length === 0) throw noRules();
  return rules.map((rule) => ({
    ...rule,
    worseBy: worseBy ?? rule.worseBy,
    confidence: confidence ?? rule.confidence,
  }));
}

/**
 * @param metrics those of the experiment
 * @throws {UserError} `GATE_METRIC_UNKNOWN`, `GATE_METRIC_NEUTRAL`, `GATE_BASELINE_EMPTY`: a rule that checks nothing
 *   must not read as a pass
 */
export function checkRules(rules: readonly GateRule[], baseline: SampleSet, metrics: readonly SampleMetric[]): void {
  for (const rule of rules) {
    const metric = metricNamed(rule.metric, metrics);
    if (metric.better === "neither") throw neutral(metric);
    const applies = baseline.points.some((point) => isWanted(point, rule.where) && metric.name in point.samples);
    if (!applies) throw emptyBaseline(metric, baseline);
  }
}

function noRules(): UserError {
  return new UserError(
    "GATE_NO_RULES",
    "Nothing says what to gate: neither the suite nor --metric.",
    "Give the suite a gate, such as gate: [{ metric: forwarding_rate, worse_by: 5% }], or add --metric forwarding_rate",
  );
}

/** @throws {UserError} `GATE_METRIC_UNKNOWN` for a name that no metric has */
export function metricNamed(name: string, metrics: readonly SampleMetric[]): SampleMetric {
  const found = metrics.find((metric) => metric.name === name);
  if (found === undefined) throw unknownMetric(name, metrics);
  return found;
}

function unknownMetric(name: string, metrics: readonly SampleMetric[]): UserError {
  const names = metrics.map((metric) => metric.name);
  const problem = `The run has no metric '${name}'${didYouMean(name, names)}`;
  return new UserError("GATE_METRIC_UNKNOWN", problem, `It has: ${names.join(", ")}`);
}

function neutral({ name }: SampleMetric): UserError {
  const problem = `${name} is neither better high nor better low, so it cannot get worse.`;
  return new UserError(
    "GATE_METRIC_NEUTRAL",
    problem,
    "Gate another metric; nicbench list experiments --json has them.",
  );
}

function emptyBaseline({ name }: SampleMetric, { runs }: SampleSet): UserError {
  return new UserError(
    "GATE_BASELINE_EMPTY",
    `The baseline (${runs.join(", ")}) has no sample of ${name} at the points of its rule.`,
    "Write it again with --save-baseline and the same rules; if all its trials are suspect, see why: nicbench report RUN",
  );
}
