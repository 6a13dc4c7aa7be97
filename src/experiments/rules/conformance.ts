/**
 * `rules.conformance`: what does a classifier really support?
 *
 * A point is one capability: an item, a mask, an action, a way to change rules. Rules are installed, frames are sent that
 * they must take and others that they must not, and the rules' counters tell. A capability that is missing is a result, not
 * a failure: the trial is ok, and its notes have the classifier's own words. The point's times have no effect.
 */
import { z } from "zod";
import { CAPABILITIES, needsFrames } from "../../agent/classifiers/conformance/conformance.js";
import { rteFlowFramesProblem, rteFlowPortProblem } from "../../agent/classifiers/rte_flow/port.js";
import { CONFORMANCE_CLASSIFIERS } from "../../agent/protocol.js";
import { choiceNamed, versionProblem } from "./classifiers.js";
import { hostProblem } from "./host.js";
import type { ClassifierChoice, Conformance } from "../../agent/protocol.js";
import type { MetricDefinition } from "../../results/model.js";
import type { PortSpec } from "../../testbed/model.js";
import type { Experiment, TrialContext, TrialOutcome } from "../experiment.js";

export const conformanceParameters = z.strictObject({
  classifier: z
    .enum(["softnic", ...CONFORMANCE_CLASSIFIERS])
    .default("softnic")
    .describe("What is asked: softnic, nicbench's own software NIC, or another as in rules.rate. Default softnic."),
  capability: z
    .enum(CAPABILITIES)
    .describe(
      "What it is asked for. item, prefix, mask, range: rules that match so. action: what becomes of frames, as far as it shows. " +
        "group, priority, overlapping rules: several rules. The others: changes of rules, and what must be refused.",
    ),
});

export type ConformanceParameters = z.output<typeof conformanceParameters>;

const support: MetricDefinition = {
  name: "support",
  title: "Support",
  unit: "ratio",
  better: "higher",
  description: "Share of what the capability asks for that the classifier did; 0 too if it refused the rules.",
};

export const rulesConformance: Experiment<ConformanceParameters> = {
  name: "rules.conformance",
  title: "Capabilities of classifiers",
  description:
    "Which items, masks, actions and changes of rules a classifier supports, and what it says to the others.",
  parameters: conformanceParameters,
  roles: ["dut"],
  metrics: [support],
  primaryMetric: "support",
  cannotRun: ({ classifier, capability }, hosts) =>
    classifier === "softnic"
      ? hostProblem(0, hosts)
      : (portProblem(classifier, capability, hosts.roles["dut"]) ?? versionProblem(classifier, hosts.facts)),
  runTrial,
};

function portProblem(classifier: string, capability: string, port: PortSpec | undefined): string | undefined {
  if (classifier !== "rte_flow") return undefined;
  const framesProblem = needsFrames(capability) ? rteFlowFramesProblem(port ?? {}) : undefined;
  return rteFlowPortProblem(port) ?? framesProblem;
}

/** Installing and listing 64Ki rules on a slow, busy host. */
const LIMIT_SECONDS = 120;

async function runTrial(context: TrialContext<ConformanceParameters>): Promise<TrialOutcome> {
  const {
    point: { classifier, capability },
    graceSeconds,
  } = context;
  const params = { ...choiceOf(classifier, context.roles["dut"]), capability };
  return outcomeOf(await context.agent("dut").call("rules.conformance", params, LIMIT_SECONDS + graceSeconds));
}

/** Of the forms of nftables, that of rules says more. */
function choiceOf(
  name: ConformanceParameters["classifier"],
  port?: PortSpec,
): { readonly classifier?: ClassifierChoice } {
  if (name === "softnic") return {};
  return { classifier: choiceNamed(name, { rules: 0, nftables_form: "rules" }, port) };
}

/** The outcome that an answer means. What else the host did meanwhile changes no answer, and so is left out. */
export function outcomeOf({ support: value, said }: Conformance): TrialOutcome {
  return { status: "ok", flags: [], metrics: { support: value }, notes: said === "" ? {} : { said } };
}
