/**
 * `rules.storm`: what does changing rules cost the frames that are forwarded meanwhile?
 *
 * As `rules.occupancy`, and in the measured phase rules are inserted, deleted or updated: a batch at once, or so many a
 * second; by the core that forwards, or by another. After the PAM 2021 paper, figures 3 and 4.
 */
import { pollsPort } from "../../agent/classifiers/ovs/wires.js";
import { UserError } from "../../errors.js";
import { formatQuantity } from "../../units.js";
import { dutCpus, tookTurns } from "../cores.js";
import { withDoubt } from "../conntrack/verdict.js";
import { calibratedWireOf, usesPorts, wireOf } from "./forwarding_parameters.js";
import { rulesOf, sourceOf } from "./listed.js";
import { measurementOf } from "../search/measurement.js";
import { expectedMeasurements } from "../search/rate.js";
import { groupMetrics } from "../traffic/groups.js";
import { effectRules, effectUnknown } from "./storm/effect.js";
import { stormMetrics, stormValues } from "./storm/metrics.js";
import { stormParameters, type StormParameters } from "./storm/parameters.js";
import { searchUpdateRate, type StormMeasurement } from "./storm/search.js";
import { forwardingProblem, limitOf, outcomeOf, trialConfig } from "./trial.js";
import type { TrafficRate } from "../traffic/parameters.js";
import type { Experiment, HostsOfPoint, RolePlacement, TrialContext, TrialOutcome } from "../experiment.js";
import type { RulesTrialConfig, RulesTrialResult, StormConfig, StormCounts } from "../../agent/protocol.js";
import type { TimedEvent } from "../../results/model.js";

type StormTrialConfig = RulesTrialConfig & { readonly storm: StormConfig };

export const rulesStorm: Experiment<StormParameters> = {
  name: "rules.storm",
  title: "Rule update storm",
  description:
    "Forwarding while rules are inserted, deleted or updated: rate and latency of both, and the dip between.",
  parameters: stormParameters,
  roles: ["generator", "dut"],
  oneProcess: true,
  metrics: stormMetrics,
  metricsOfPoints: (points) => groupMetrics(stormMetrics, points),
  primaryMetric: "forwarding_rate",
  cannotRun,
  measurements: expectedStorms,
  generatorWire: calibratedWireOf,
  usesPorts,
  runTrial,
};

function cannotRun(point: StormParameters, hosts: HostsOfPoint): string | undefined {
  return (
    forwardingProblem(point, mostRules(point), hosts, point.storm.operation) ??
    coreProblem(point) ??
    effectProblem(point)
  );
}

function effectProblem({ classifier, storm }: StormParameters): string | undefined {
  return storm.effect !== undefined && classifier === "rte_flow"
    ? "frames that a rule of rte_flow drops cannot be counted, as storm.effect needs; leave it out."
    : undefined;
}

function coreProblem(point: StormParameters): string | undefined {
  if (point.classifier !== "ovs" || point.storm.core === "same" || pollsPort(wireOf(point))) return undefined;
  return "Open vSwitch forwards and changes rules in one thread on this wire: use storm.core: same, or wire: af_xdp, memif or dpdk-memif.";
}

async function runTrial(context: TrialContext<StormParameters>): Promise<TrialOutcome> {
  const { point, roles } = context;
  const outcome = await measured(context);
  return takesTurns(point, roles["dut"]) ? withDoubt(outcome, SHARED_CPU) : outcome;
}

async function measured(context: TrialContext<StormParameters>): Promise<TrialOutcome> {
  const { storm, traffic } = context.point;
  if (storm.rate !== "search") {
    if (traffic.rate === "search") throw new Error("refused by the parameters");
    const config = stormConfig(context, traffic.rate, storm.rate);
    return stormOutcome(config, await run(context, config));
  }
  if (typeof traffic.rate !== "number" && traffic.rate !== "search") throw new Error("refused by the parameters");
  const { rate } = traffic;
  const point = { ...context.point, traffic: { rate } };
  return searchUpdateRate({ ...context, point }, (frames, updates, durationSeconds) =>
    measureStorm({ ...context, durationSeconds }, frames, updates),
  );
}

async function measureStorm(
  context: TrialContext<StormParameters>,
  rate: number | "max",
  updates: number,
): Promise<StormMeasurement> {
  if (updates === 0) {
    const config = trialConfig(context, rate);
    const result = await run(context, config);
    return { ...measurementOf(result, outcomeOf(config, result)), updateRate: 0 };
  }
  const config = stormConfig(context, rate, updates);
  const result = await run(context, config);
  const { done = 0, seconds = 0 } = result.storm ?? {};
  return { ...measurementOf(result, stormOutcome(config, result)), updateRate: seconds === 0 ? 0 : done / seconds };
}

function run(context: TrialContext<StormParameters>, config: RulesTrialConfig): Promise<RulesTrialResult> {
  const { point, durationSeconds } = context;
  return context.agent("dut").call("rules.run", config, limitOf(context, durationSeconds, mostRules(point), point));
}

/** About how many trials of full length one of the runner's makes. */
function expectedStorms({ storm, traffic, search }: StormParameters, durationSeconds: number): number {
  const before = expectedMeasurements({ traffic, search }, durationSeconds);
  return storm.rate === "search"
    ? expectedMeasurements({ traffic: { rate: storm.rate }, search }, durationSeconds) + before
    : before;
}

/** Not those of a rate, which depend on how long the trial is. */
function mostRules(point: StormParameters): number {
  const { operation, size = 0 } = point.storm;
  return rulesOf(point) + (operation === "insert" && sourceOf(point) === undefined ? size : 0);
}

/** So that no claim about another core is decided by one that was not there. */
const SHARED_CPU = {
  flag: "oversubscribed",
  says: "The thread that changes rules took turns with generator and DUT: there was no third CPU for it.",
};

function takesTurns({ storm }: StormParameters, dut: RolePlacement | undefined): boolean {
  return storm.core === "other" && tookTurns({ cores: 2 }, dut);
}

/**
 * @param frames a second
 * @param rate changes a second, unless they are a batch
 * @throws {UserError} STORM: the batch would come after the measured phase
 */
export function stormConfig(
  context: Omit<TrialContext<StormParameters>, "agent" | "graceSeconds">,
  frames: TrafficRate,
  rate: number | undefined,
): StormTrialConfig {
  const { point, durationSeconds, roles } = context;
  const { operation, size, at = durationSeconds / 4, core, effect } = point.storm;
  if (at >= durationSeconds) throw tooLate(at, durationSeconds);
  const kind = size === undefined ? "rate" : "batch";
  const config = trialConfig(context, frames);
  return {
    ...config,
    ...(effect === true && {
      ruleSet: { ...config.ruleSet, ...effectRules(operation, rulesOf(point), point.classifier) },
      probeEvery: 1,
    }),
    storm: { kind, operation, size: size ?? 0, at: kind === "batch" ? at : 0, rate: rate ?? 0, core },
    controlCpu: core === "same" ? -1 : (dutCpus({ cores: 2 }, roles["dut"])[1] ?? -1),
  };
}

function tooLate(at: number, duration: number): UserError {
  const [due, end] = [formatQuantity(at, "s"), formatQuantity(duration, "s")];
  return new UserError(
    "STORM",
    `The batch is due ${due} into the measured phase, which is over after ${end}.`,
    "Lower storm.at, or raise trial.duration.",
  );
}

/** `1k rules inserted`, from when the batch was due, for as long as its changes took. */
function stormEvent({ operation, at }: StormConfig, { intended, seconds }: StormCounts): TimedEvent {
  const says = `${formatQuantity(intended, "count")} rules ${PAST[operation]}`;
  return { says, from: at, to: at + seconds };
}

const PAST = { insert: "inserted", delete: "deleted", update: "updated", replace: "replaced" } as const;

/** The outcome that a result of the data path means. */
export function stormOutcome(config: StormTrialConfig, result: RulesTrialResult): TrialOutcome {
  const outcome = outcomeOf(config, result);
  const { storm } = result;
  if (storm === undefined) throw new Error("a trial with a storm has its counts");
  const notes = { ...outcome.notes, "changes of rules": storm.done };
  if (outcome.status === "failed") return { ...outcome, notes };
  const measured = {
    ...outcome,
    metrics: { ...outcome.metrics, ...stormValues(config, result, storm) },
    notes,
    ...(outcome.series && { series: { ...outcome.series, events: [stormEvent(config.storm, storm)] } }),
  };
  const unknown = effectUnknown(config, result);
  if (unknown !== undefined) return withDoubt(measured, { flag: "frames-missed", says: unknown });
  if (config.storm.kind === "rate" || storm.done >= storm.intended) return measured;
  const says = `Only ${storm.done} of ${storm.intended} changes were made before the trial was over: raise trial.duration.`;
  return withDoubt(measured, { flag: "storm-cut-short", says });
}
