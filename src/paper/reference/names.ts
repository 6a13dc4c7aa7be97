/**
 * Published names in the words of nicbench, all in this file.
 *
 * A series or an x of a published table becomes parameters, so that a measured point finds the published value
 * that it corresponds to. A name that has no counterpart here stays what it is: it can be shown, and chosen by
 * column, but matches no parameter.
 *
 * Doubts are those of suites/reference/README.md. "Cuckoo LB" is taken as the table behind a readers-writer lock.
 */
import type { Params, ParamValue } from "../../results/model.js";

/** Parameters that a published series stands for; empty if it corresponds to nothing here. */
export function seriesParams(paper: string, file: string, series: string): Params {
  if (paper === "hpsr21") return { ...(file === "single_thread" ? { cores: 1 } : {}), ...hpsr21Series(series) };
  return paper === "pam21" ? pam21Series(series) : {};
}

/** Parameters that a published quantity stands for, beyond the metric that it is. */
export function quantityParams(paper: string, file: string, quantity: string): Params {
  if (paper !== "hpsr21" || file !== "cost_vs_occupancy") return {};
  return lookUp({ insert_cost: { operation: "insert" }, lookup_cost: { operation: "hit" } }, quantity) ?? {};
}

/** The parameter that a published x axis stands for, and its value, in base units. */
export function xParam(xName: string, x: number | string): Params {
  const axis = Object.hasOwn(AXES, xName) ? AXES[xName] : undefined;
  const value = axis?.value(x);
  return axis === undefined || value === undefined ? {} : { [axis.parameter]: value };
}

/** The published quantity that corresponds to a metric, if there is one. */
export function publishedQuantity(metric: string): string | undefined {
  return Object.hasOwn(QUANTITIES, metric) ? QUANTITIES[metric] : undefined;
}

/** `ConnectX-5` for `cx5`. */
export function nicTitle(nic: string): string {
  return Object.hasOwn(NICS, nic) ? (NICS[nic] ?? nic) : nic;
}

/** Published throughput is that of the link in both papers (the load of 100GbE saturates at 98 to 100 Gbps). */
const QUANTITIES: Readonly<Record<string, string>> = {
  link_rate: "throughput",
  forwarding_rate: "rx_packet_rate",
  loss_ratio: "dropped",
  latency_p50: "latency_p50",
  latency_p95: "latency_p95",
  latency_p99: "latency_p99",
  latency_p999: "latency_p99.9",
  live_flows: "flows",
  insert_rate: "insertion_rate",
  update_rate: "update_rate",
  dip_seconds: "outage_below_1Gbps",
};

const NICS: Readonly<Record<string, string>> = {
  bf1: "BlueField",
  cx4: "ConnectX-4",
  cx5: "ConnectX-5",
  cx6: "ConnectX-6",
};

const TABLES: Readonly<Record<string, string>> = {
  Cuckoo: "cuckoo",
  "Cuckoo++": "cuckoo++",
  HopScotch: "hopscotch",
  RobinMap: "robin-map",
  "Chaining (FC)": "chaining",
  "Chaining (STL)": "chaining-stl",
};

/** Series of hpsr21 that are more than a table. */
const HPSR21: Readonly<Record<string, Params>> = {
  "Cuckoo LF (shared)": { table: "cuckoo", sharing: "lock-free" },
  "Cuckoo LB (shared)": { table: "cuckoo", sharing: "rwlock" },
  "Cuckoo Mutex (shared)": { table: "cuckoo", sharing: "mutex" },
  "Cuckoo Spinlock (shared)": { table: "cuckoo", sharing: "spinlock" },
  "Chaining MP (shared)": { table: "chaining", sharing: "bucket-lock" },
  "Forwarder (no tracking)": { use: "forward" },
  Scanning: { use: "load-balance", expiry: "scan" },
  Lazy: { use: "load-balance", expiry: "lazy" },
  "Timer wheel": { use: "load-balance", expiry: "timer-wheel" },
  "Cuckoo LF + lazy": { table: "cuckoo", sharing: "lock-free", expiry: "lazy" },
  "Cuckoo LF + timer wheel": { table: "cuckoo", sharing: "lock-free", expiry: "timer-wheel" },
  "Cuckoo per-core + lazy": { table: "cuckoo", sharing: "sharded", expiry: "lazy" },
  "Cuckoo per-core + timer wheel": { table: "cuckoo", sharing: "sharded", expiry: "timer-wheel" },
};

function hpsr21Series(series: string): Params {
  const [, sharded] = /^(.*) \(per-core\)$/.exec(series) ?? [];
  const table = lookUp(TABLES, sharded ?? series);
  if (table !== undefined) return sharded === undefined ? { table } : { table, sharing: "sharded" };
  return lookUp(HPSR21, series) ?? {};
}

/** `Tables 1-16`, `table0/Same Core`, `table1/Match=ETH/IPv4/TCP (GRE)`, `Update - In-memory` and their like. Table 0 is no table beside group 0. */
function pam21Series(series: string): Params {
  const [, first, last] = /^Tables? (\d+)(?:-(\d+))?$/.exec(series) ?? [];
  if (first !== undefined) return { tables: Number(last ?? first) };
  const operation = lookUp(UPDATES, series);
  if (operation !== undefined) return { tables: 1, operation };
  const [, tables, rest = ""] = /^table(\d)\/(.*)$/.exec(series) ?? [];
  return tables === undefined ? {} : { tables: Number(tables), ...ruleParams(rest) };
}

const UPDATES: Readonly<Record<string, string>> = {
  "Update - In-memory": "update",
  "Update - Delete + Insert": "replace",
};

function ruleParams(text: string): Params {
  const [, core, , batch] = /^(same|distinct)[- ]cores?(\/(\d+k?)-rules)?$/i.exec(text) ?? [];
  if (core !== undefined)
    return { "storm.core": core.toLowerCase() === "same" ? "same" : "other", ...batchParam(batch) };
  const [, match, tunnel] = /^Match=(\S+)(?: \((\w+)\))?$/.exec(text) ?? [];
  if (match !== undefined) return { match: patternOf(match.toLowerCase(), tunnel?.toLowerCase()) };
  const [, actions] = /^Matches=1 - Actions=(\d)$/.exec(text) ?? [];
  return actions === undefined ? {} : { actions: ACTIONS.slice(0, Number(actions)).join("/") };
}

/** The Ethernet header around a tag or inside a tunnel goes without saying. */
function patternOf(match: string, tunnel: string | undefined): string {
  return tunnel === undefined ? match.replace(/^eth\/vlan/, "vlan") : match.replace(/^eth/, tunnel);
}

const ACTIONS = ["queue", "mark", "set_meta", "set_tag"];

function batchParam(batch: string | undefined): Params {
  return batch === undefined ? {} : { "storm.size": Number(batch.replace("k", "000")) };
}

interface Axis {
  readonly parameter: string;
  /** Undefined for a value that has no counterpart. */
  readonly value: (x: number | string) => ParamValue | undefined;
}

const same = (parameter: string): Axis => ({ parameter, value: (x) => x });

/** x of the rows is in base units already: occupancy is a ratio. */
const AXES: Readonly<Record<string, Axis>> = {
  cores: same("cores"),
  rules: same("rules"),
  flows: same("traffic.flows"),
  rules_per_s: same("storm.rate"),
  batch_rules: same("storm.size"),
  table_occupancy_percent: same("load_factor"),
  fraction_of_traffic_matching_rules: same("match_share"),
  recycle_hz: { parameter: "expiry_interval", value: (x) => (typeof x === "number" && x > 0 ? 1 / x : undefined) },
  trace: { parameter: "traffic.profile", value: (x) => (x === "Campus" ? "campus" : undefined) },
};

function lookUp<T>(names: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(names, name) ? names[name] : undefined;
}
