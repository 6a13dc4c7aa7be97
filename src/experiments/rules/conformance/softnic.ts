/**
 * Capabilities of the software NIC. Those that trials of `rules.rate` show are tried: afterwards these ask the rules of a sample,
 * by frames that they must match. What its data path has no code for is said; the rest is not asked for.
 */
import { ruleSetConfig } from "../rule_set.js";
import type { Conformance, RuleOperation } from "../../../agent/protocol.js";
import type { AgentHandle } from "../../experiment.js";

const NO_REWRITING = "its rules choose what becomes of a frame, and change nothing in it";
const NO_TRANSACTIONS = "its rules change one by one, each at once";

interface Asked {
  readonly match?: string;
  readonly actions?: "queue" | "queue/mark" | "queue/mark/set_meta" | "queue/mark/set_meta/set_tag" | "drop";
  readonly tables?: number;
  readonly operation?: RuleOperation;
  readonly rules?: number;
  readonly masks?: number;
}

const ASKED: Readonly<Record<string, Asked>> = {
  "item eth": { match: "eth" },
  "item vlan": { match: "vlan/ipv4" },
  "item ipv4": { match: "eth/ipv4" },
  "item ipv6": { match: "eth/ipv6" },
  "item tcp": { match: "eth/ipv4/tcp" },
  "item udp": { match: "eth/ipv4/udp" },
  "item vxlan": { match: "vxlan/ipv4" },
  "item gre": { match: "gre/ipv4" },
  "item geneve": { match: "geneve/ipv4" },
  group: { tables: 2 },
  "action queue": { actions: "queue" },
  "action drop": { actions: "drop" },
  "action mark": { actions: "queue/mark" },
  "action set_meta": { actions: "queue/mark/set_meta" },
  "action set_tag": { actions: "queue/mark/set_meta/set_tag" },
  deletion: { operation: "delete" },
  "update in place": { operation: "update" },
  "16Ki rules": { rules: 16_384 },
  prefix: { masks: 8 },
};

/** What the software NIC does not do, and why (native/softnic). */
const LACKS: Readonly<Record<string, string>> = {
  "item mark": "it has no match by marks, which go to the application alone",
  range: "its rules match by masks",
  "action rss": "its rules name one queue; RSS is for frames before the rules",
  "action port_id": "it has one port",
  "action set_mac_dst": NO_REWRITING,
  "action set_ipv4_dst": NO_REWRITING,
  "action set_ipv6_dst": NO_REWRITING,
  "action set_tp_dst": NO_REWRITING,
  "replace in one batch": NO_TRANSACTIONS,
  "all or nothing": NO_TRANSACTIONS,
  "refuses contradictions": "it takes any mask and value, and a rule that contradicts itself takes no frame",
};

export function softnicProblem(capability: string): string | undefined {
  if (capability in ASKED || capability in LACKS) return undefined;
  return `the software NIC's data path has '${capability}', but no trial shows it yet; leave it out for classifier: softnic.`;
}

/** What it lacks the agent is not asked for. @throws {UserError} what the agent throws */
export async function softnicSupport(
  capability: string,
  agent: AgentHandle,
  limitSeconds: number,
): Promise<Conformance> {
  const lacks = LACKS[capability];
  if (lacks !== undefined) return { support: 0, said: `The software NIC does not do it: ${lacks}.` };
  const {
    match = "eth/ipv4",
    actions = "queue",
    tables = 0,
    operation = "insert",
    rules = 128,
    masks = 1,
  } = ASKED[capability] ?? {};
  const ruleSet = ruleSetConfig({ rules, tables, match, actions, masks }, 0, SEED);
  const config = { ruleSet, operation, operations: 64, batch: 1, seconds: 0.01, cpu: -1 };
  const { wrong, refused, installed } = await agent.call("rules.rate", config, limitSeconds);
  const right = refused > 0 || wrong > 0 ? 0 : 1;
  const said = right === 1 ? "" : `${refused} rules were refused, and ${wrong} of ${installed} did not do as they say.`;
  return { support: right, said };
}

const SEED = 1;
