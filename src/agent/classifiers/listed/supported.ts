/** Whether a classifier has words for a rule: asked of the code that spells it, without the classifier. */
import { UserError } from "../../../errors.js";
import { filterText as ntupleText } from "../ethtool/words.js";
import { ruleText } from "../nftables/words.js";
import { flowOf } from "../ovs/flows.js";
import { ruleText as testpmdText } from "../rte_flow/words.js";
import { encodeRules } from "../softnic/encode.js";
import { filterText } from "../tc_flower/words.js";
import { encoder } from "../xdp/words.js";
import type { Rule } from "../../../rules/rule.js";
import type { ClassifierName } from "../../protocol.js";

/** What it lacks for the rule. */
export function unsupportedRule(rule: Rule, classifier: ClassifierName | "softnic"): string | undefined {
  if (classifier !== "softnic" && rule.group !== 0)
    return `${classifier} is asked for lists in group 0 only, and the rule is in group ${rule.group}.`;
  if (!rule.ingress || rule.egress || rule.transfer) return `${classifier} is asked for rules of ingress only.`;
  try {
    SPELL[classifier](rule);
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

const SPELL: Readonly<Record<ClassifierName | "softnic", (rule: Rule) => unknown>> = {
  softnic: (rule) => encodeRules([rule]),
  nftables: ruleText,
  ovs: (rule) => flowOf({ id: 0, rule }),
  rte_flow: testpmdText, // It has words for all; what it takes is for the driver to say.
  "tc-flower": (rule) => filterText({ id: 0, rule }),
  xdp: (rule) => encoder()({ id: 0, rule }),
  ethtool: (rule) => ntupleText(rule, 0),
  "flow-perf": () => {
    throw new UserError("RULE_UNSUPPORTED", "flow-perf has rules of its own.");
  },
};
