/**
 * The protocol between orchestrator and agent: JSON-RPC 2.0, one message a line, over stdin and stdout
 * of `nicbench agent`. Whatever an agent wants to tell a person goes to stderr, which becomes its log.
 *
 * `hello` tells both versions; an agent of another one is refused, by itself or by us.
 */
import type {
  ForwarderConfig,
  ForwarderCounts,
  ForwardingTrialConfig,
  GeneratorEndConfig,
  NativeForwardingResult,
  NativeGeneratorEndResult,
} from "../native/forwarding.js";
import type { GatewayTrialConfig, GatewayTrialResult as NativeGatewayResult } from "../native/gateway.js";
import type { GeneratorTrialConfig, NativeGeneratorResult } from "../native/generator.js";
import type {
  AddonInfo,
  ConntrackTrialConfig,
  Limits,
  NativeTrialResult,
  PcapInspection,
  TableTrialConfig,
  TableTrialResult as NativeTableResult,
  TrafficConfig,
  TrafficSummary,
} from "../native/model.js";
import type {
  NativeRuleRateResult,
  NativeRulesResult,
  RuleRateTrialConfig,
  RulesTrialConfig,
} from "../native/rules.js";
import type { CalibrationReading } from "../observations.js";
import type { HostFacts, TrialEnvironment } from "../results/model.js";
import type { LockHolder, LockOwner } from "../testbed/lock/model.js";
import type { CpuTopology, PortSpec } from "../testbed/model.js";
import type { Probe } from "../testbed/probe.js";
import type { ReadyRule, StopRule } from "../testbed/program.js";

export type {
  ForwarderConfig,
  ForwarderCounts,
  ForwardingTrialConfig,
  GeneratorEndConfig,
} from "../native/forwarding.js";
export type { GatewayTrialConfig } from "../native/gateway.js";
export type { GeneratorTrialConfig } from "../native/generator.js";
export type {
  ConntrackTrialConfig,
  GeneratedTraffic,
  GroupCounts,
  Limits,
  PacingErrors,
  PcapInspection,
  TableInfo,
  TableTrialConfig,
  TrackerConfig,
  TrafficConfig,
  TrafficSummary,
} from "../native/model.js";
export type {
  ListCounts,
  RuleCounts,
  RuleOperation,
  RuleRateTrialConfig,
  RuleSetConfig,
  RuleSource,
  RulesTrialConfig,
  StormConfig,
  StormCounts,
} from "../native/rules.js";

/**
 * Rises with every change of a method's name, parameters or result. Agents that nicbench brings to hosts are always its own;
 * only those of `install` may be of another version.
 */
export const PROTOCOL_VERSION = 8;

/** What to do about another version. */
export const SAME_VERSION =
  "Use the same version at both ends: build nicbench anew in the folder that the testbed names as install, or leave install out.";

/** What the native addon of a host can do; `available: false` says why it is missing and what to do. */
export type NativeInfo =
  | (AddonInfo & {
      readonly available: true;
      /** Of the addon and its plug-ins (native/digest.ts). */ readonly digest?: string;
    })
  | { readonly available: false; readonly reason: string; readonly hint: string };

/** The addon's counts, with what the host did to the trial meanwhile. */
export type ConntrackTrialResult = Omit<NativeTrialResult, "involuntarySwitches"> & {
  readonly environment: TrialEnvironment;
};

export type ForwardingTrialResult = Omit<NativeForwardingResult, "involuntarySwitches"> & {
  readonly environment: TrialEnvironment;
};

/** Its drops are those that the generator's end knows of. */
export type GeneratorEndResult = Omit<NativeGeneratorEndResult, "involuntarySwitches"> & {
  readonly environment: TrialEnvironment;
};

export type TableTrialResult = NativeTableResult & { readonly environment: TrialEnvironment };

export type GatewayTrialResult = NativeGatewayResult & { readonly environment: TrialEnvironment };

/** Without what the host did to the trial. */
export type RulesTrialCounts = Omit<NativeRulesResult, "involuntarySwitches">;

export type RulesTrialResult = RulesTrialCounts & { readonly environment: TrialEnvironment };

/** Rule tables that are not ours. */
export const CLASSIFIERS = ["nftables", "ovs", "rte_flow", "tc-flower", "xdp", "ethtool", "flow-perf"] as const;
export type ClassifierName = (typeof CLASSIFIERS)[number];

/** Of those, what takes any rules, and frames that are made for them. */
export const CONFORMANCE_CLASSIFIERS = [
  "nftables",
  "ovs",
  "rte_flow",
  "tc-flower",
  "xdp",
] as const satisfies readonly ClassifierName[];

/** How nftables holds rules: a rule each, or elements of verdict maps. */
export const NFTABLES_FORMS = ["rules", "sets"] as const;
export type NftablesForm = (typeof NFTABLES_FORMS)[number];

/**
 * The exact-match cache (EMC) of Open vSwitch's userspace datapath. warm: every flow enters it with its first frame. cold: none
 * does, so that every frame goes to the megaflows behind it.
 */
export const OVS_EMC = ["warm", "cold"] as const;
export type OvsEmc = (typeof OVS_EMC)[number];

/** The two ways of rte_flow to change rules: single calls, or a queue of operations on tables of templates. */
export const RTE_FLOW_APIS = ["sync", "async"] as const;
export type RteFlowApi = (typeof RTE_FLOW_APIS)[number];

export interface ClassifierChoice {
  readonly name: ClassifierName;
  readonly nftablesForm?: NftablesForm;
  readonly ovsEmc?: OvsEmc;
  /** Frames go through Open vSwitch's connection tracker before its rules. */
  readonly ovsConntrack?: boolean;
  readonly rteFlowApi?: RteFlowApi;
  /** The DUT's, for those that are not made for the trial. */
  readonly port?: PortSpec;
  /** The generator's on the same host, of such that forward. */
  readonly generatorPort?: PortSpec;
}

export type RuleRateCounts = Omit<NativeRuleRateResult, "involuntarySwitches" | "bytes"> & {
  /** Left out where a classifier does not tell its memory. */
  readonly bytes?: number;
  /** That the first rule took, where a classifier tells it apart. */
  readonly firstSeconds?: number;
};

/** Whether a classifier has a capability. */
export interface Conformance {
  /** Share of what is asked for, in [0, 1]; 0 too if it was refused. */
  readonly support: number;
  /** What the classifier did or said, where there is something to say. */
  readonly said: string;
}

export type RuleRateTrialResult = RuleRateCounts & { readonly environment: TrialEnvironment };

export type GeneratorTrialResult = NativeGeneratorResult & { readonly environment: TrialEnvironment };

/** A file, or a name that is looked for in `path`, which is the agent's own `PATH` unless given. */
export interface ProgramName {
  readonly program: string;
  readonly directory?: string;
  readonly path?: string;
}

/** A program that is not ours, as it is started for a trial: nothing is left to fill in. */
export interface ProgramCommand {
  /** Of its role. */
  readonly name: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory?: string;
  readonly ready?: ReadyRule;
}

/** `well`: with exit code 0. */
export type ProgramEnd =
  { readonly ended: false } | { readonly ended: true; readonly well: boolean; readonly how: string };

/** What is left of a program that has ended. */
export interface ProgramReport {
  readonly stdout: string;
  readonly stderr: string;
  /** Some of it is left out: there was too much. */
  readonly cut: boolean;
  /** It did not end when it was asked to. */
  readonly killed: boolean;
  /** CPU time that the hypervisor gave to others since it was ready. */
  readonly stealSeconds: number;
}

/** Every request: its parameters and its result. Notifications from the agent are `log` only. */
export interface AgentMethods {
  hello: {
    params: { protocol: number };
    result: {
      protocol: number;
      version: string;
      pid: number;
      native: NativeInfo;
      facts: HostFacts;
      topology: CpuTopology;
    };
  };
  /** Renews the lease: without a sign of the orchestrator for so long the agent cleans up and exits. */
  "lease.renew": { params: { seconds: number }; result: { expiresAt: string } };
  /** What the doctor looks at on this host. */
  "host.probe": { params: { ports: readonly PortSpec[] }; result: Probe };
  /** Its clock, in seconds since 1970. */
  "host.clock": { params: Record<string, never>; result: { seconds: number } };
  /** Takes this machine for one orchestrator; `heldBy` another if it could not. `folder`: where the lock is. */
  "lock.take": { params: { folder: string; host: string; owner: LockOwner }; result: { heldBy?: LockHolder } };
  "lock.release": { params: { folder: string }; result: Record<string, never> };
  "lock.holder": { params: { folder: string }; result: { holder?: LockHolder } };
  /** Takes it from whoever has that token. */
  "lock.clear": { params: { folder: string; token: string }; result: { cleared: boolean } };
  "conntrack.run": { params: ConntrackTrialConfig; result: ConntrackTrialResult };
  "gateway.run": { params: GatewayTrialConfig; result: GatewayTrialResult };
  "forwarding.run": { params: ForwardingTrialConfig; result: ForwardingTrialResult };
  /** Forwarding through rules, perhaps while they change: of the software NIC, or of another classifier. */
  "rules.run": {
    params: RulesTrialConfig & { readonly classifier?: ClassifierChoice };
    result: RulesTrialResult;
  };
  /** Changes of rules alone, without traffic: of the software NIC, or of another classifier. */
  "rules.rate": {
    params: RuleRateTrialConfig & { readonly classifier?: ClassifierChoice };
    result: RuleRateTrialResult;
  };
  /** Does a classifier have this capability: the software NIC, or another? */
  "rules.conformance": {
    params: { readonly classifier?: ClassifierChoice; readonly capability: string };
    result: Conformance & { readonly environment: TrialEnvironment };
  };
  /** The generator alone: nothing comes back. */
  "generator.run": { params: GeneratorTrialConfig; result: GeneratorTrialResult };
  /** For trials whose generator and DUT are different agents: the generator learns and warms up. */
  "generator.prepare": { params: GeneratorEndConfig; result: Record<string, never> };
  /** The measured phase of what was prepared. */
  "generator.measure": { params: Record<string, never>; result: GeneratorEndResult };
  /** The DUT of such trials forwards until it is stopped; its port stays open for the next trial. */
  "forwarder.start": { params: ForwarderConfig; result: { port: string } };
  "forwarder.counts": { params: Record<string, never>; result: ForwarderCounts };
  "forwarder.stop": { params: Record<string, never>; result: Record<string, never> };
  /** Whether a program that is not ours is there. */
  "program.find": { params: ProgramName; result: { found: boolean } };
  /** Answered when it is ready. It ends with the agent at the latest. */
  "program.start": { params: ProgramCommand; result: { readySeconds: number } };
  /** Answered when it ends, or after so many seconds. */
  "program.wait": { params: { name: string; seconds: number }; result: ProgramEnd };
  /** Answered with its output when nothing of it is left. */
  "program.stop": { params: { name: string; rule: StopRule }; result: ProgramReport };
  "table.run": { params: TableTrialConfig; result: TableTrialResult };
  /** How fast these CPUs are now, and what their clocks say: the calibration loop. */
  "calibration.read": { params: { cpus: readonly number[] }; result: CalibrationReading };
  /** What this host can do with a working set; `seconds` for each of the three measurements. */
  "limits.measure": { params: { workingSet: number; hugePages: boolean; seconds: number }; result: Limits };
  /** Ends a running trial early; its request fails with code `STOPPED`. */
  "trial.stop": { params: Record<string, never>; result: { stopped: boolean } };
  "pcap.inspect": { params: { file: string }; result: PcapInspection };
  /** Generates `frames` frames without a wire and digests them. */
  "traffic.summarise": { params: { traffic: TrafficConfig; frames: number }; result: TrafficSummary };
  /** The same into a capture; `traffic.rate` is a number. */
  "traffic.generate": {
    params: { traffic: TrafficConfig; frames: number; file: string; replace: boolean };
    result: TrafficSummary;
  };
  shutdown: { params: Record<string, never>; result: Record<string, never> };
}

export type MethodName = keyof AgentMethods;

/** `error.data` of a failed request: the parts of a `UserError`. */
export interface AgentErrorData {
  readonly code: string;
  readonly hint?: string | undefined;
}
