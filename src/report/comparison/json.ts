/** Gates and comparisons as JSON; docs/formats.md says what scripts may rely on. */
import { differences } from "../../gate/environment.js";
import type { Comparison } from "../../gate/compare.js";
import type { GateReport } from "./input.js";

export function gateJson({ judgement, baseline, candidate, strict }: GateReport): unknown {
  return {
    schema: 1,
    suite: candidate.suite,
    outcome: judgement.outcome,
    strict,
    baseline: baseline.runs,
    runs: candidate.runs,
    checks: judgement.checks.map(({ point, metric, rule, superiority, worse, notWorse, ratio, ...check }) => ({
      point: point.id,
      params: point.params,
      metric: metric.name,
      unit: metric.unit,
      better: metric.better,
      worse_by: rule.worseBy,
      confidence: rule.confidence,
      outcome: check.outcome,
      reason: check.reason,
      between_runs: check.betweenRuns,
      baseline: check.baseline,
      candidate: check.candidate,
      ratio: ratio && [ratio.low, ratio.ratio, ratio.high],
      superiority,
      p_worse: worse,
      p_not_worse: notWorse,
    })),
    left_out: candidate.points
      .filter(({ leftOut }) => leftOut.suspect + leftOut.failed + (leftOut.otherState ?? 0) > 0)
      .map(({ id, leftOut: { otherState = 0, ...leftOut } }) => ({ point: id, ...leftOut, other_state: otherState })),
    new_points: judgement.newPoints.map(({ id, params }) => ({ point: id, params })),
    differences: [
      ...differences([baseline.settings, candidate.settings]),
      ...differences([baseline.environment, candidate.environment]),
    ],
  };
}

export function compareJson({ first, others, environment, settings }: Comparison): unknown {
  return {
    schema: 1,
    first,
    others: others.map(({ runs, rows, onlyFirst, onlyOther, sameState }) => ({
      runs,
      same_state: sameState,
      rows: rows.map(({ point, metric, ratio, superiority, probability, verdict, ...sides }) => ({
        point: point.id,
        params: point.params,
        metric: metric.name,
        unit: metric.unit,
        better: metric.better,
        verdict,
        first: sides.first,
        other: sides.other,
        ratio: ratio && [ratio.low, ratio.ratio, ratio.high],
        superiority,
        p: probability,
      })),
      only_first: onlyFirst.map(({ id, params, status }) => ({ point: id, params, status })),
      only_other: onlyOther.map(({ id, params, status }) => ({ point: id, params, status })),
    })),
    differences: [...settings, ...environment],
  };
}
