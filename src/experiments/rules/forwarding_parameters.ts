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
      "Share of the traffic's flows that specific rules match, such as 10%, as far as there are rules for them; for match " +
        "eth/ipv4 and eth/ipv4/udp. Default 0: all frames go past the specific rules to the last one.",
    ),
};

/** A point that forwards, with whatever else its experiment takes. */
export type ForwardingThroughRules = RuleSet &
  Carriage & { readonly match_share: number; readonly traffic: Traffic<unknown> };

/** What the data path could not make, or what would fail every trial. */
export function refuseContradictions(
  point: Omit<ForwardingThroughRules, keyof Carriage>,
  context: z.RefinementCtx,
): void {
  refuseOverfull(point, context);
  const { rules, match_share } = point;
  const refuse = (path: readonly string[], message: string, input: unknown): void =>
    context.addIssue({ code: "custom", path: [...path], message, input });
  if (match_share > 0) {
    if (rules === 0) refuse(["match_share"], "has no effect without rules; remove it, or set rules", match_share);
    const why = unmatchable(point);
    if (why !== undefined) refuse(["match_share"], why, match_share);
  } else if (point.tables === 0 && isPlain(point.match) && !isPlainTraffic(point.traffic)) {
    const message = "has frames that are not plain IPv4, which the last rule of table 0 does not catch; set tables: 1";
    refuse(["traffic"], message, undefined);
  }
}

/** Why no rules can be made for flows of the traffic. */
function unmatchable({ match, traffic }: Pick<ForwardingThroughRules, "match" | "traffic">): string | undefined {
  if ("pcap" in traffic) return "is for flows of a profile, not for those of a capture; remove it";
  if (!isPlain(match)) return `is for match: eth/ipv4 and eth/ipv4/udp, not for ${match}; change one of them`;
  return isPlainTraffic(traffic)
    ? undefined
    : "is for plain IPv4 traffic; remove traffic.ipv6_share and traffic.tunnel";
}

function isPlain(match: string): boolean {
  return match === "eth/ipv4" || match === "eth/ipv4/udp";
}

/** A capture may be. */
function isPlainTraffic(traffic: Traffic<unknown>): boolean {
  return "pcap" in traffic || ((traffic.ipv6_share ?? 0) === 0 && traffic.tunnel === undefined);
}
