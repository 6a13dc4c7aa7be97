/**
 * The classifier `rte_flow`: the rules of a port of DPDK (native/io/nic_rules.h), which is opened for the trial and plugged out
 * after it. A group is a group, a batch one series of calls, or of operations of a queue, with no other program in between.
 *
 * There are no transactions: a batch that is refused in its middle leaves what came before. rte_flow lists no rules, so that
 * those are listed which the driver has taken.
 */
import { codeOf, messageOf, UserError } from "../../../errors.js";
import { loadAddon } from "../../../native/addon.js";
import { frameCounter, quieten } from "./frames.js";
import { interfaceOf } from "./port.js";
import { ruleText } from "./words.js";
import type { NativeAddon } from "../../../native/addon.js";
import type { NicRule, NicRuleChange } from "../../../native/nic_rules.js";
import type { Action, PatternItem, Rule } from "../../../rules/rule.js";
import type {
  Change,
  Classifier,
  ClassifierKind,
  Entry,
  ForwardingClassifier,
  ForwardOptions,
  OpenOptions,
} from "../classifier.js";

export const rteFlow: ClassifierKind = { version, open, forward };

/** Of rules of our own, which are not listed: above all others. */
const FIRST_JOIN = 2 ** 31;

async function open(options: OpenOptions): Promise<Classifier> {
  const { takesFrames = false, port: { device = "" } = { io: "none" } } = options;
  const session = await openSession(options);
  const { addon, commit, close } = session;
  const entries = new Map<number, Entry>();
  try {
    const canCount = !takesFrames || (await takesCounters(commit));
    if (!canCount) await commit([{ remove: [], insert: [REST] }]);
    const counter = takesFrames ? await frameCounter(addon, device, canCount) : undefined;
    return {
      prepare: (changes) => {
        const change = prepared(session, changes, counter?.countable);
        return async () => {
          for (const { kind, entries: inserted } of changes)
            if (kind === "insert") for (const entry of inserted) entries.set(entry.id, entry);
          return change();
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

/**
 * The port as the DUT of a trial: specific rules send to queues 1 and 2, a last one to queue 0, and a thread of ours sends back what
 * comes to all of them.
 */
async function forward(options: ForwardOptions): Promise<ForwardingClassifier> {
  const { tables } = options.ruleSet;
  const { ringSize, dutCpu, controlCpu, port: { device = "" } = { io: "none" }, generatorPort } = options;
  const session = await openSession({ ...options, cpu: controlCpu, slots: ringSize });
  const { addon, commit, close } = session;
  try {
    const name = interfaceOf(device);
    if (name !== undefined) await quieten(name);
    const last = simpleRule(tables, [action("queue", { index: 0n })]);
    await commit([{ remove: [], insert: [nicRule(FIRST_JOIN + tables, last)] }]);
    await addon.forwardByNicRules({ cpu: dutCpu });
    return {
      // Of our own namespace, but not kept for the next trial, which has another device.
      generatorPort: { wire: generatorPort?.io ?? "", device: generatorPort?.device ?? "", namespaceOf: process.pid },
      description: session.description,
      prepare: (changes) => prepared(session, changes),
      taken: async () => {
        const { frames, dutCpuShare: cpuShare = 1 } = await addon.receiveByNicRules();
        const [rest = 0, ...specific] = frames;
        return { specific: specific.reduce((sum, each) => sum + each, 0), rest, cpuShare };
      },
      gone: new Promise<never>(() => undefined), // Its thread is ours.
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Session {
  readonly addon: NativeAddon;
  readonly description: string;
  readonly commit: (changes: readonly NicRuleChange[]) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** The port, with the rules that join its groups. */
async function openSession({
  ruleSet: { tables },
  most,
  cpu,
  byDut = false,
  slots,
  port: { device = "" } = { io: "none" },
  rteFlowApi = "sync",
}: Pick<OpenOptions, "ruleSet" | "most" | "cpu" | "port" | "rteFlowApi"> &
  Partial<Pick<ForwardOptions, "byDut">> & { readonly slots?: number }): Promise<Session> {
  const addon = loadAddon();
  const { description } = await addon.openNicRules({
    device,
    asynchronous: rteFlowApi === "async",
    most: Math.max(most, SPARE) + tables,
    ...(slots === undefined ? {} : { slots }),
  });
  const commit = async (changes: readonly NicRuleChange[]): Promise<number> =>
    (await addon.changeNicRules({ changes, cpu, byDut })).seconds;
  const close = async (): Promise<void> => {
    await addon.closeNicRules();
  };
  try {
    if (tables > 0) await commit([{ remove: [], insert: joins(tables) }]);
    return { addon, description, commit, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function prepared({ commit }: Session, changes: readonly Change[], as?: (entry: Entry) => Rule): () => Promise<number> {
  refuseUpdates(changes);
  const native = changes.map((change) => nativeChange(change, as));
  return () => commit(native);
}

/** Rules that a table of templates has room for beyond those of small trials. */
const SPARE = 65_536;

function nativeChange({ kind, entries }: Change, as = (entry: Entry) => entry.rule): NicRuleChange {
  if (kind === "remove") return { remove: entries.map(({ id }) => id), insert: [] };
  const insert = entries.map((entry) => nicRule(entry.id, fromEthernet(as(entry))));
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
