/**
 * The addon, loaded on first use. Only the agent calls this: the orchestrator never loads native code,
 * so a crash in the data path ends one agent and never the run.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { messageOf, UserError } from "../errors.js";
import { packageRoot } from "../package.js";
import type { CalibrationReading } from "../observations.js";
import type {
  ForwarderConfig,
  ForwarderCounts,
  ForwardingTrialConfig,
  GeneratorEndConfig,
  NativeForwardingResult,
  NativeGeneratorEndResult,
} from "./forwarding.js";
import type { GatewayTrialConfig, GatewayTrialResult } from "./gateway.js";
import type { GeneratorTrialConfig, NativeGeneratorResult } from "./generator.js";
import type {
  AddonInfo,
  ConntrackTrialConfig,
  Limits,
  NativeTrialResult,
  PcapInspection,
  TableTrialConfig,
  TableTrialResult,
  TrafficConfig,
  TrafficSummary,
} from "./model.js";
import type { NicRuleChange, NicRuleCount, NicRulesConfig, NicRulesReceived } from "./nic_rules.js";
import type {
  NativeRuleRateResult,
  NativeRulesResult,
  RuleRateTrialConfig,
  RulesTrialConfig,
  RuleTable,
} from "./rules.js";
import type { NativeXdp, XdpConfig } from "./xdp.js";

/** Its errors are `Error` objects with the `code` and `hint` of a `UserError`. */
export interface NativeAddon {
  info(): AddonInfo;
  /** Runs on threads of its own; the JavaScript thread stays free. */
  startConntrackTrial(config: ConntrackTrialConfig): Promise<NativeTrialResult>;
  startForwardingTrial(config: ForwardingTrialConfig): Promise<NativeForwardingResult>;
  startGatewayTrial(config: GatewayTrialConfig): Promise<GatewayTrialResult>;
  startGeneratorTrial(config: GeneratorTrialConfig): Promise<NativeGeneratorResult>;
  startRulesTrial(config: RulesTrialConfig): Promise<NativeRulesResult>;
  startRuleRateTrial(config: RuleRateTrialConfig): Promise<NativeRuleRateResult>;
  /** @param capacity rules that it can hold */
  readonly RuleTable: new (capacity: number) => RuleTable;
  /** Of that share of the traffic's flows, four numbers each: source, destination, source port, destination port. */
  flowsToMatch(traffic: TrafficConfig, share: number): Promise<Uint32Array>;
  /** Opens the port, learns and warms up; what was prepared before is given up. */
  prepareGenerator(config: GeneratorEndConfig): Promise<object>;
  /** The measured phase of what was prepared. */
  runGenerator(): Promise<NativeGeneratorEndResult>;
  /** Closes the port of what was prepared or run last, if it is in the network namespace of another process. */
  releaseGenerator(): Promise<object>;
  /** Forwards from now on; resolves with what was opened. A forwarder that ran before is stopped. */
  startForwarder(config: ForwarderConfig): Promise<{ readonly port: string }>;
  /** @throws NOT_STARTED, or what broke the wire */
  forwarderCounts(): ForwarderCounts;
  /** Without effect if none runs. Its port stays open for the next. */
  stopForwarder(): void;
  /**
   * Opens a port of DPDK for its rules, instead of one that was open before; resolves with what was opened.
   *
   * @throws RTE_FLOW_MISSING: its driver has none; RTE_FLOW_ASYNC: not that API; what the wire `dpdk` throws
   */
  openNicRules(config: NicRulesConfig): Promise<{ readonly description: string }>;
  /**
   * On that CPU (-1: any), or by the DUT, if there is one, between two bursts.
   *
   * @throws RULE_UNSUPPORTED, RTE_FLOW_REFUSED, STOPPED
   */
  changeNicRules(config: {
    readonly changes: readonly NicRuleChange[];
    readonly cpu: number;
    readonly byDut: boolean;
  }): Promise<{ readonly seconds: number }>;
  listNicRules(): Promise<readonly NicRuleCount[]>;
  /** From now on a DUT sends back what comes, on that CPU (-1: any), until the rules are closed. */
  forwardByNicRules(config: { readonly cpu: number }): Promise<object>;
  /** Without a DUT, what has come is taken. @throws what broke the DUT's port */
  receiveByNicRules(): Promise<NicRulesReceived>;
  /** What is running fails; resolves when the rules and the device are gone. */
  closeNicRules(): Promise<object>;
  /** `DPDK 22.11.11`. @throws DPDK_MISSING */
  dpdkVersion(): string;
  /** Ends a running trial, whose promise then rejects with code `STOPPED`; false if none was running. */
  stopTrial(): boolean;
  /** @throws PRIVILEGE, XDP_UNSUPPORTED, XDP_IN_USE, INTERFACE_MISSING; XDP_MISSING: built without libbpf */
  openXdp(config: XdpConfig): NativeXdp;
  /** Version of libbpf, where a program could be loaded and attached. @throws as `openXdp` */
  xdpVersion(): string;
  startTableTrial(config: TableTrialConfig): Promise<TableTrialResult>;
  /** The calibration loop on these CPUs, all different: takes about 2 ms. */
  readCalibration(options: { readonly cpus: readonly number[] }): Promise<CalibrationReading>;
  measureLimits(options: { workingSet: number; hugePages: boolean; seconds: number }): Promise<Limits>;
  inspectPcap(file: string): Promise<PcapInspection>;
  summariseTraffic(traffic: TrafficConfig, frames: number): Promise<TrafficSummary>;
  generateTraffic(traffic: TrafficConfig, frames: number, file: string, replace: boolean): Promise<TrafficSummary>;
}

export const BUILD_ADVICE =
  "Install a C++20 compiler and cmake, then build it: apt-get install -y cmake make g++ && npm run build:native";

/** Where the build puts the addon. */
export const addonFile = `${packageRoot}build/Release/nicbench.node`;

/** The build that is used, such as one with sanitizers. */
export function chosenAddon(): string {
  return process.env["NICBENCH_ADDON"] ?? addonFile;
}

/**
 * @param file another build of the addon, such as one with sanitizers
 * @throws {UserError} NATIVE_MISSING: not built; NATIVE_BROKEN: built, but not for this machine or Node
 */
export function loadAddon(file: string = chosenAddon()): NativeAddon {
  if (!existsSync(file)) {
    throw new UserError("NATIVE_MISSING", `The native addon is not built: there is no ${file}.`, BUILD_ADVICE);
  }
  try {
    // The addon's contract is native/addon; its results are checked at the other end of the protocol.
    return createRequire(import.meta.url)(file) as NativeAddon;
  } catch (error) {
    throw new UserError(
      "NATIVE_BROKEN",
      `The native addon does not load: ${messageOf(error)}.`,
      "Build it again on this machine, with this Node: npm run build:native",
      { cause: error },
    );
  }
}
