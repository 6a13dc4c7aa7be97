/**
 * `rules.storm`: what does changing rules cost the frames that are forwarded meanwhile?
 *
 * As `rules.occupancy`, and in the measured phase rules are inserted, deleted or updated: a batch at once, or so many a
 * second; by the core that forwards, or by another. After the PAM 2021 paper, figures 3 and 4.
 */
import { UserError } from "../../errors.js";
import { formatQuantity } from "../../units.js";
import { dutCpus, tookTurns } from "../conntrack.js";
import { withDoubt } from "../conntrack/verdict.js";
import { lacksRing } from "../ports.js";
import { hostProblem } from "./host.js";
import { stormMetrics, stormValues } from "./storm/metrics.js";
import { stormParameters, type StormParameters } from "./storm/parameters.js";
import { limitOf, outcomeOf, trialConfig } from "./trial.js";
import type { Experiment, RolePlacement, TrialContext, TrialOutcome } from "../experiment.js";
import type { RulesTrialConfig, RulesTrialResult, StormConfig } from "../../agent/protocol.js";

type StormTrialConfig = RulesTrialConfig & { readonly storm: StormConfig };

export const rulesStorm: Experiment<StormParameters> = {
  name: "rules.storm",
  title: "Rule update storm",
  description:
    "Forwarding while rules are inserted, deleted or updated: rate and latency of both, and the dip between.",
  parameters: stormParameters,
  roles: ["generator", "dut"],
  metrics: stormMetrics,
  primaryMetric: "forwarding_rate",
  cannotRun: (point, hosts) => lacksRing(hosts.roles) ?? hostProblem(mostRules(point), hosts),
  generatorWire: () => "ring",
  runTrial,
};

async function runTrial(context: TrialContext<StormParameters>): Promise<TrialOutcome> {
  const { point, durationSeconds, roles } = context;
  const config = stormConfig(context);
  const limit = limitOf(context, durationSeconds, mostRules(point));
  const outcome = stormOutcome(config, await context.agent("dut").call("rules.run", config, limit));
  return takesTurns(point, roles["dut"]) ? withDoubt(outcome, SHARED_CPU) : outcome;
}

/** Not those of a rate, which depend on how long the trial is. */
function mostRules({ rules, storm }: StormParameters): number {
  return rules + (storm.operation === "insert" ? (storm.size ?? 0) : 0);
}

/** So that no claim about another core is decided by one that was not there. */
const SHARED_CPU = {
  flag: "oversubscribed",
  says: "The thread that changes rules took turns with generator and DUT: there was no third CPU for it.",
};

function takesTurns({ storm }: StormParameters, dut: RolePlacement | undefined): boolean {
  return storm.core === "other" && tookTurns({ cores: 2 }, dut);
}

/** @throws {UserError} STORM: the batch would come after the measured phase */
export function stormConfig(context: Omit<TrialContext<StormParameters>, "agent" | "graceSeconds">): StormTrialConfig {
  const { point, durationSeconds, roles } = context;
  const { operation, size, at = durationSeconds / 4, rate, core } = point.storm;
  if (at >= durationSeconds) throw tooLate(at, durationSeconds);
  const kind = size === undefined ? "rate" : "batch";
  return {
    ...trialConfig(context, point.traffic.rate),
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

/** The outcome that a result of the data path means. */
export function stormOutcome(config: StormTrialConfig, result: RulesTrialResult): TrialOutcome {
  const outcome = outcomeOf(config, result);
  const { storm } = result;
  if (storm === undefined) throw new Error("a trial with a storm has its counts");
  const notes = { ...outcome.notes, "changes of rules": storm.done };
  if (outcome.status === "failed") return { ...outcome, notes };
  const measured = { ...outcome, metrics: { ...outcome.metrics, ...stormValues(config, result, storm) }, notes };
  if (config.storm.kind === "rate" || storm.done >= storm.intended) return measured;
  const says = `Only ${storm.done} of ${storm.intended} changes were made before the trial was over: raise trial.duration.`;
  return withDoubt(measured, { flag: "storm-cut-short", says });
}
