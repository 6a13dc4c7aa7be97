/** Classifiers that are not ours: which one a point means, and why it cannot run there, said before the run. */
import { ethtoolPortProblem } from "../../agent/classifiers/ethtool/ethtool.js";
import { flowPerfProblem, type FlowPerfPoint } from "../../agent/classifiers/flow_perf/command.js";
import { flowPerfPortProblem } from "../../agent/classifiers/flow_perf/flow_perf.js";
import { rteFlowPortProblem } from "../../agent/classifiers/rte_flow/port.js";
import type { OVS_DPDK } from "../../agent/classifiers/ovs/wires.js";
import { formatQuantity } from "../../units.js";
import type {
  ClassifierChoice,
  ClassifierName,
  NftablesForm,
  OvsEmc,
  RteFlowApi,
  RuleOperation,
} from "../../agent/protocol.js";
import type { HostFacts } from "../../results/model.js";
import type { PortSpec } from "../../testbed/model.js";
import { rulesOf, sourceOf, type ListedPoint } from "./listed.js";
import type { RuleSet } from "./rule_set.js";

/** What of a point they look at. */
export type ClassifierPoint = Pick<RuleSet, "match" | "actions" | "capacity" | "tables" | "rules" | "filter_set"> & {
  readonly operation?: RuleOperation;
  readonly operations?: number;
  readonly batch?: number;
  readonly control_threads?: number;
  readonly masks?: number | undefined;
  readonly nftables_form?: NftablesForm | undefined;
  readonly ovs_emc?: OvsEmc | undefined;
  readonly ovs_conntrack?: boolean | undefined;
  readonly rte_flow_api?: RteFlowApi | undefined;
};

/** What is said to agents: nothing of the software NIC, which they have. @param port the DUT's */
export function choiceOf(
  point: ClassifierPoint & { readonly classifier: "softnic" | ClassifierName },
  port?: PortSpec,
  generatorPort?: PortSpec,
): { readonly classifier?: ClassifierChoice } {
  const { classifier } = point;
  return classifier === "softnic" ? {} : { classifier: choiceNamed(classifier, point, port, generatorPort) };
}

export function choiceNamed(
  name: ClassifierName,
  {
    nftables_form,
    ovs_emc,
    ovs_conntrack,
    rte_flow_api,
    ...point
  }: Omit<ClassifierPoint, "match" | "actions" | "tables">,
  port?: PortSpec,
  generatorPort?: PortSpec,
): ClassifierChoice {
  switch (name) {
    case "nftables":
      return { name, nftablesForm: nftables_form ?? usualForm(point) };
    case "ovs":
      return {
        name,
        ...(ovs_emc === undefined ? {} : { ovsEmc: ovs_emc }),
        ...(ovs_conntrack === undefined ? {} : { ovsConntrack: ovs_conntrack }),
      };
    case "tc-flower":
    case "xdp":
      return { name };
    case "rte_flow":
      return { name, rteFlowApi: rte_flow_api ?? "sync", ...placed({ port, generatorPort }) };
    case "ethtool":
    case "flow-perf":
      return { name, ...placed({ port }) };
  }
}

/** Verdict maps are of one pattern without masks, which lists do not keep to. */
function usualForm(point: ListedPoint): NftablesForm {
  return sourceOf(point) === undefined ? "sets" : "rules";
}

/** Of what a testbed says of a role, only where its port is. */
function placed(
  ports: Readonly<Record<string, PortSpec | undefined>>,
): Pick<ClassifierChoice, "port" | "generatorPort"> {
  const known = Object.entries(ports).flatMap(([name, port]) => (port === undefined ? [] : [[name, port] as const]));
  return Object.fromEntries(
    known.map(([name, { io, device }]) => [name, { io, ...(device === undefined ? {} : { device }) }]),
  );
}

interface Limits {
  /** All are listed after each trial, which takes minutes beyond. */
  readonly mostRules: number;
  /** Of all processes and the kernel, while they are listed. */
  readonly bytesPerRule: number;
  wordProblem(point: ClassifierPoint): string | undefined;
  /** Left out where any port will do, for it makes its own. */
  portProblem?(port: PortSpec | undefined): string | undefined;
}

const LIMITS: Readonly<Record<ClassifierName, Limits>> = {
  nftables: { mostRules: 1_100_000, bytesPerRule: 2000, wordProblem: nftablesWordProblem },
  ovs: { mostRules: 1_100_000, bytesPerRule: 4000, wordProblem: () => undefined },
  rte_flow: {
    mostRules: 1_100_000,
    bytesPerRule: 3000,
    wordProblem: rteFlowWordProblem,
    portProblem: rteFlowPortProblem,
  },
  "tc-flower": { mostRules: 200_000, bytesPerRule: 8000, wordProblem: tcWordProblem },
  xdp: { mostRules: 1_100_000, bytesPerRule: 2000, wordProblem: xdpWordProblem },
  ethtool: {
    mostRules: 16_384, // More than drivers hold; each is set, listed and deleted by a process or a call of its own.
    bytesPerRule: 1000,
    wordProblem: ethtoolWordProblem,
    portProblem: ethtoolPortProblem,
  },
  "flow-perf": {
    mostRules: 16_000_000,
    bytesPerRule: 1000,
    wordProblem: flowPerfWordProblem,
    portProblem: flowPerfPortProblem,
  },
};

const USABLE_SHARE = 0.8;

/** @param rules the most there are at once @param port the DUT's */
export function classifierProblem(
  name: ClassifierName,
  point: ClassifierPoint,
  rules: number,
  facts: HostFacts,
  port?: PortSpec,
): string | undefined {
  const limits = LIMITS[name];
  return (
    commonProblem(name, point) ??
    threadsProblem(name, point) ??
    limits.wordProblem(point) ??
    limits.portProblem?.(port) ??
    sizeProblem(name, limits, rules, facts.memoryBytes) ??
    versionProblem(name, facts)
  );
}

function commonProblem(name: ClassifierName, { match, capacity }: ClassifierPoint): string | undefined {
  if (capacity !== undefined) return `${name} has no groups of a fixed capacity; leave capacity out.`;
  const tunnel = match.split("/").find((item) => ["vxlan", "gre", "geneve"].includes(item));
  return tunnel === undefined
    ? undefined
    : `${name} is not asked for what is inside tunnels: use match without ${tunnel}.`;
}

/** Why several threads cannot change its rules at the same time. */
function threadsProblem(name: ClassifierName, { control_threads = 1, ...point }: ClassifierPoint): string | undefined {
  if (control_threads === 1) return undefined;
  if (name === "ethtool" || name === "rte_flow")
    return `nicbench changes rules of ${name} from one thread; use control_threads: 1, or classifier: flow-perf for several on a port of DPDK.`;
  if (name !== "nftables" || (point.nftables_form ?? usualForm(point)) === "sets") return undefined;
  return "a rule of nftables is deleted by its handle, which only one thread knows beforehand; use nftables_form: sets, or control_threads: 1.";
}

function tcWordProblem({ actions }: ClassifierPoint): string | undefined {
  return metadataProblem("tc-flower", actions);
}

/** A program has at most 64 maps (the kernel's MAX_USED_MAPS), one of them for counters. */
const XDP_MAPS = 63;

function xdpWordProblem({ actions, tables, masks = 1 }: ClassifierPoint): string | undefined {
  if (actions !== "queue" && actions !== "drop")
    return `the XDP program marks no frame, as actions: ${actions} asks; use queue or drop.`;
  // Exact rules and prefixes are in maps of their own.
  const maps = Math.max(1, tables) * Math.min(2, masks);
  return maps <= XDP_MAPS
    ? undefined
    : `an XDP program has at most ${XDP_MAPS} maps of rules, and ${tables} tables of several masks need ${maps}; lower tables.`;
}

function ethtoolWordProblem({ tables, actions }: ClassifierPoint): string | undefined {
  if (tables > 0) return "ethtool has no groups; use tables: 0.";
  return actions.includes("/") ? "a filter of ethtool has one action; use queue or drop." : undefined;
}

function flowPerfWordProblem({
  operation,
  operations,
  batch,
  control_threads,
  ...rest
}: ClassifierPoint): string | undefined {
  if (sourceOf(rest) !== undefined) return "flow-perf has rules of its own, and takes none from files or filter sets.";
  const point: FlowPerfPoint = {
    ...rest,
    rules: rulesOf(rest),
    operation: operation ?? "insert",
    operations: operations ?? 0,
    batch: batch ?? 1,
    threads: control_threads ?? 1,
  };
  return flowPerfProblem(point);
}

function rteFlowWordProblem({ operation }: ClassifierPoint): string | undefined {
  return operation === "update" ? "rte_flow has no update in place; use operation: replace." : undefined;
}

function metadataProblem(name: ClassifierName, actions: string): string | undefined {
  const action = actions.split("/").find((each) => ["set_meta", "set_tag"].includes(each));
  return action === undefined ? undefined : `${name} has no action ${action}; use queue, queue/mark or drop.`;
}

function nftablesWordProblem(point: ClassifierPoint): string | undefined {
  const { operation, match, actions, masks = 1, nftables_form: form = usualForm(point) } = point;
  if (operation === "update") return "nftables has no update in place; use operation: replace.";
  if (sourceOf(point) !== undefined) return listWordProblem(operation, form);
  const problem = metadataProblem("nftables", actions);
  if (problem !== undefined) return problem;
  if (form === "rules") return undefined;
  if (masks > 1)
    return "nicbench makes no verdict maps of prefixes in nftables; use nftables_form: rules, or masks: 1.";
  if (actions.includes("mark")) return "a verdict map of nftables cannot mark; use nftables_form: rules.";
  if (match.startsWith("vlan")) return "nft does not list VLAN ids of verdict maps right; use nftables_form: rules.";
  return undefined;
}

function listWordProblem(operation: RuleOperation | undefined, form: NftablesForm): string | undefined {
  if (form === "sets") return "nicbench makes no verdict maps of listed rules in nftables; use nftables_form: rules.";
  if (operation !== "replace") return undefined;
  return "a rule of nftables that is deleted and inserted again comes last, which is another priority; use another operation.";
}

function sizeProblem(name: string, limits: Limits, rules: number, memoryBytes: number): string | undefined {
  const asked = `${formatQuantity(rules, "count")} rules`;
  if (rules > limits.mostRules)
    return `${asked} of ${name} take minutes to list; use at most ${formatQuantity(Math.floor(limits.mostRules / 1.1), "count")}.`;
  const needed = rules * limits.bytesPerRule;
  if (needed <= memoryBytes * USABLE_SHARE) return undefined;
  return `${asked} of ${name} need about ${formatQuantity(needed, "bytes")}; use fewer or a larger host.`;
}

/** Why the host cannot use it at all. */
export function versionProblem(
  name: ClassifierName | typeof OVS_DPDK,
  { classifiers = {} }: HostFacts,
): string | undefined {
  const version = classifiers[name] ?? "unavailable: the host did not say";
  const [, why] = /^unavailable: (.*)/.exec(version) ?? [];
  return why === undefined ? undefined : `${name} cannot be used: ${why}.`;
}
