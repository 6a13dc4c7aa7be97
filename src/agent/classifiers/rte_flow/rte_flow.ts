/**
 * The classifier `rte_flow`: the rules of a port of DPDK (native/io/nic_rules.h), which is opened for the trial and plugged out
 * after it. A group is a group, a batch one series of calls, or of operations of a queue, with no other program in between.
 *
 * There are no transactions: a batch that is refused in its middle leaves what came before. rte_flow lists no rules, so that
 * those are listed which the driver has taken.
 */
import { codeOf, messageOf, UserError } from "../../../errors.js";
import { loadAddon } from "../../../native/addon.js";
import { frameCounter } from "./frames.js";
import { ruleText } from "./words.js";
import type { NicRule, NicRuleChange } from "../../../native/nic_rules.js";
import type { Action, PatternItem, Rule } from "../../../rules/rule.js";
import type { Change, Classifier, ClassifierKind, Entry, OpenOptions } from "../classifier.js";

export const rteFlow: ClassifierKind = { version, open };

/** Of rules of our own, which are not listed: above all others. */
const FIRST_JOIN = 2 ** 31;

async function open(options: OpenOptions): Promise<Classifier> {
  const {
    ruleSet,
    most,
    cpu,
    takesFrames = false,
    port: { device = "" } = { io: "none" },
    rteFlowApi = "sync",
  } = options;
  const addon = loadAddon();
  const { tables } = ruleSet;
  const asynchronous = rteFlowApi === "async";
  await addon.openNicRules({ device, asynchronous, most: Math.max(most, SPARE) + tables });
  const close = async (): Promise<void> => {
    await addon.closeNicRules();
  };
  const entries = new Map<number, Entry>();
  const commit = async (changes: readonly NicRuleChange[]): Promise<number> =>
    (await addon.changeNicRules({ changes, cpu })).seconds;
  try {
    if (tables > 0) await commit([{ remove: [], insert: joins(tables) }]);
    const canCount = !takesFrames || (await takesCounters(commit));
    if (!canCount) await commit([{ remove: [], insert: [REST] }]);
    const counter = takesFrames ? await frameCounter(addon, device, canCount) : undefined;
    return {
      prepare: (changes) => {
        refuseUpdates(changes);
        const native = changes.map((change) => nativeChange(change, counter?.countable));
        return async () => {
          for (const { kind, entries: inserted } of changes)
            if (kind === "insert") for (const entry of inserted) entries.set(entry.id, entry);
          return commit(native);
        };
      },
      listed: async () => {
        const rules = await addon.listNicRules();
        return rules.flatMap(({ id, frames }) => {
          const entry = entries.get(id);
          if (entry === undefined) return [];
          return [{ id, text: ruleText(entry.rule), frames: frames ?? counter?.framesOf(entry) ?? 0 }];
        });
      },
      textOf: ({ rule }) => ruleText(rule),
      send: async (frames) => {
        if (counter === undefined) throw new Error("it was not opened to take frames");
        await counter.send(frames);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Rules that a table of templates has room for beyond those of small trials. */
const SPARE = 65_536;

function nativeChange({ kind, entries }: Change, countable = (entry: Entry) => entry.rule): NicRuleChange {
  if (kind === "remove") return { remove: entries.map(({ id }) => id), insert: [] };
  const insert = entries.map((entry) => nicRule(entry.id, fromEthernet(countable(entry))));
  return { remove: [], insert };
}

/** Drivers want it first, where a pattern of ours begins with a tag. */
function fromEthernet(rule: Rule): Rule {
  const [first] = rule.pattern;
  return first?.name === "vlan" ? { ...rule, pattern: [ETH, ...rule.pattern] } : rule;
}

const ETH: PatternItem = { name: "eth", fields: {} };

/** Whether the driver takes a rule that counts, with which it is tried. */
async function takesCounters(commit: (changes: readonly NicRuleChange[]) => Promise<number>): Promise<boolean> {
  const rule = simpleRule(0, [action("count"), action("queue", { index: 0n })]);
  try {
    await commit([{ remove: [], insert: [nicRule(0, rule)] }]);
  } catch (error) {
    if (codeOf(error) === "RTE_FLOW_REFUSED") return false;
    throw error;
  }
  await commit([{ remove: [0], insert: [] }]);
  return true;
}

function nicRule(id: number, rule: Rule): NicRule {
  return { id, text: ruleText(rule), rule };
}

/** All frames of a group. */
function simpleRule(group: number, actions: readonly Action[]): Rule {
  return { port: 0, group, priority: 1, ingress: true, egress: false, transfer: false, pattern: [ETH], actions };
}

function action(name: string, values: Action["values"] = {}): Action {
  return { name, values, lists: {} };
}

/** Last rules of groups 0 to k - 1, which go on to the next. */
function joins(tables: number): readonly NicRule[] {
  return Array.from({ length: tables }, (_, group) =>
    nicRule(FIRST_JOIN + group, simpleRule(group, [action("jump", { group: BigInt(group + 1) })])),
  );
}

/** What no other rule takes comes to queue 0, where frames are told apart by their queues. */
const REST: NicRule = nicRule(FIRST_JOIN, { ...simpleRule(0, [action("queue", { index: 0n })]), priority: 1000 });

function refuseUpdates(changes: readonly Change[]): void {
  if (changes.every(({ kind }) => kind !== "update")) return;
  throw new UserError("RULES_UPDATE", "rte_flow of DPDK 22.11 has no update in place.", "Use operation: replace.");
}

/** Of DPDK, whatever its ports can do: never rejects. */
async function version(): Promise<string> {
  try {
    return loadAddon().dpdkVersion();
  } catch (error) {
    return `unavailable: ${messageOf(error).replace(/[.]$/, "")}`;
  }
}
