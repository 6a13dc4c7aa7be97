/** Trials of `forwarding`, as the addon takes and gives them. */
import type { NativeTrialResult, TrafficConfig } from "./model.js";

export interface ForwardingTrialConfig {
  readonly wire: string;
  /** At the tester's end; the DUT's, unless given. */
  readonly testerWire?: string;
  readonly traffic: TrafficConfig;
  readonly warmupSeconds: number;
  readonly durationSeconds: number;
  readonly probeEvery: number;
  /** Frames that each end of the wire holds. */
  readonly ringSize: number;
  /** Frames on their way at rate `max`, on wires of the kernel. */
  readonly window: number;
  /** Frames that the DUT moves at once. */
  readonly burst: number;
  /** CPUs to pin to; -1 leaves the thread to the scheduler. */
  readonly generatorCpu: number;
  readonly dutCpu: number;
  readonly seriesIntervalSeconds: number;
  /** What happens to the interface in mid-run, for tests of the runner. */
  readonly mishap?: "link-down" | "interface-gone";
}

/** What the data path counted in one trial of `forwarding`, read after the drain. */
export type NativeForwardingResult = Pick<
  NativeTrialResult,
  | "seconds"
  | "sendingSeconds"
  | "pacingErrors"
  | "frames"
  | "sentBytes"
  | "receivedBytes"
  | "intendedRate"
  | "generatorLimited"
  | "dutBusyCycles"
  | "dutTotalCycles"
  | "dutFrames"
  | "probesSent"
  | "probesReceived"
  | "probesReordered"
  | "probesDuplicated"
  | "badFrames"
  | "latency"
  | "series"
  | "involuntarySwitches"
  | "generatorCpuShare"
  | "dutCpuShare"
  | "trafficDigest"
> & {
  /** What was opened at each end: wire, mode and interface. */
  readonly wire: string;
  readonly testerWire: string;
  /** Frames of others that came to either end, and were left out. */
  readonly foreignFrames: number;
};
