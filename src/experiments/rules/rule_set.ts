/** The rules of a trial, in the words of `rte_flow`: what suites write, and what the data path takes. */
import { z } from "zod";
import { countSchema } from "../../units.js";
import { quote } from "../../yaml/problems.js";
import { filterSetSchema, rulesOf, rulesSchema, sourceOf } from "./listed.js";
import type { RuleSetConfig } from "../../agent/protocol.js";

const MOST_RULES = 16_000_000;
const MOST_TABLES = 63;

/** Pattern items from the outside in. The Ethernet header around a tag or a tunnel, and that inside a tunnel, go without saying. */
const PATTERN = /^(eth|(eth|vlan|vxlan|gre|geneve)\/ipv[46](\/(tcp|udp))?)$/;

export const ruleSetFields = {
  rules: rulesSchema(MOST_RULES)
    .default(0)
    .describe(
      "Specific rules in all tables together, beside those that jump and those that catch the rest, such as 100k. Or a text file of " +
        "testpmd's 'flow create' commands, such as acl.rules, relative to the suite and inside its folder: its rules, with groups, " +
        "priorities and actions of their own. Default 0.",
    ),
  filter_set: filterSetSchema.optional(),
  tables: countSchema({ max: MOST_TABLES })
    .default(0)
    .describe(
      "Tables that the rules are in. 0: all in group 0, which papers call table 0. k: group 0 jumps to group 1, the rules " +
        "are spread equally over groups 1 to k, and each group's last rule jumps to the next, so that a frame which no " +
        "specific rule matches crosses all of them. Default 0.",
    ),
  match: z
    .string()
    .regex(PATTERN, {
      error: ({ input }) =>
        `${quote(input)} is not a pattern; write eth, or one of eth, vlan, vxlan, gre, geneve with an address and ` +
        "perhaps ports, such as eth/ipv4, eth/ipv6/tcp, vlan/ipv4/udp or vxlan/ipv4/udp",
    })
    .default("eth/ipv4")
    .describe(
      "Pattern items of each specific rule from the outside in: eth, eth/ipv4, eth/ipv6/tcp, vlan/ipv4/tcp, vxlan/ipv4/udp, " +
        "gre/…, geneve/…. ipv4 and ipv6 match source and destination exactly, tcp and udp both ports, eth alone the " +
        "destination address, vlan the id, vxlan and geneve the VNI, gre its presence. Default eth/ipv4.",
    ),
  actions: z
    .enum(["queue", "queue/mark", "queue/mark/set_meta", "queue/mark/set_meta/set_tag", "drop"])
    .default("queue")
    .describe(
      "Actions of each specific rule, in order. Default queue: to queue 1, or to queue 2 once updated; frames that none matches go to queue 0.",
    ),
  capacity: countSchema({ min: 1, max: 2 * MOST_RULES })
    .optional()
    .describe(
      "Rules that a group can hold, its last one included; what is beyond is refused, and the trial fails. Default: as many as " +
        "the point has, with those that come while it is measured.",
    ),
};

export type RuleSet = z.output<z.ZodObject<typeof ruleSetFields>>;

/** Rules that no group has room for. */
export function refuseOverfull(
  point: Pick<RuleSet, "rules" | "tables" | "capacity" | "filter_set">,
  context: z.RefinementCtx,
): void {
  const { rules, tables, capacity } = point;
  if (typeof rules === "string" || sourceOf(point) !== undefined) return; // what a list needs is known once it is installed
  const inGroup = Math.ceil(rules / Math.max(1, tables)) + 1;
  if (capacity === undefined || inGroup <= capacity) return;
  const message = `is less than the ${inGroup} rules of a group, its last one included; raise it, or spread the rules over more tables`;
  context.addIssue({ code: "custom", path: ["capacity"], message, input: capacity });
}

export function ruleSetConfig(
  point: RuleSet & { readonly masks?: number | undefined },
  matchShare: number,
  seed: number,
): RuleSetConfig {
  const { tables, match, actions, capacity = 0, masks = 1 } = point;
  const source = sourceOf(point);
  const rules = rulesOf(point);
  return {
    rules,
    tables,
    match,
    actions,
    matchShare,
    capacity,
    seed,
    masks,
    ...(source === undefined ? {} : { source }),
  };
}
