/** Parameters of trials that forward through rules, whether these change or not. */
import { type z } from "zod";
import { shareSchema } from "../../units.js";
import { refuseOverfull, ruleSetFields, type RuleSet } from "./rule_set.js";
import type { Carriage } from "../forwarding/parameters.js";
import type { Traffic } from "../traffic/parameters.js";

/** As in the PAM 2021 paper. */
export const DEFAULT_TRAFFIC = { profile: "uniform", flows: 10_000 } as const;

export const matchedFields = {
  ...ruleSetFields,
  match_share: shareSchema()
    .default(0)
    .describe(
      "Share of the traffic's flows that specific rules match, such as 10%, as far as there are rules for them. Default 0: " +
        "all frames go past the specific rules to the last one.",
    ),
};

/** A point that forwards, with whatever else its experiment takes. */
export type ForwardingThroughRules = RuleSet &
  Carriage & { readonly match_share: number; readonly traffic: Traffic<unknown> };

export function refuseContradictions(
  point: Omit<ForwardingThroughRules, keyof Carriage>,
  context: z.RefinementCtx,
): void {
  refuseOverfull(point, context);
  const { rules, match, match_share, traffic } = point;
  if (match_share === 0) return;
  const refuse = (message: string): void => {
    context.addIssue({ code: "custom", path: ["match_share"], message, input: match_share });
  };
  if (rules === 0) refuse("has no effect without rules; remove it, or set rules");
  if ("pcap" in traffic) return;
  const missing = missingItem(match, traffic);
  if (missing !== undefined) refuse(`cannot be: match has ${missing} and the traffic does not; change one of them`);
}

/** The first item of a pattern that no frame of the traffic has. */
function missingItem(match: string, traffic: Exclude<Traffic<unknown>, { readonly pcap: string }>): string | undefined {
  const { ipv6_share = 0, vlan = [], tunnel } = traffic;
  const there: Readonly<Record<string, boolean>> = {
    vlan: vlan.length > 0,
    vxlan: tunnel === "vxlan",
    gre: tunnel === "gre",
    geneve: tunnel === "geneve",
    ipv4: ipv6_share < 1 || tunnel !== undefined,
    ipv6: ipv6_share > 0,
  };
  return match.split("/").find((item) => there[item] === false);
}
