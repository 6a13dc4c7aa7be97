/** Trials of `forwarding`, as the addon takes and gives them. */
import type { NativeTrialResult, TimestampClock, TrafficConfig } from "./model.js";

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
  /** A worker each, with a queue of its own. */
  readonly dutCpus: readonly number[];
  readonly seriesIntervalSeconds: number;
  /** By which the tester measures latency; left out, its thread's. */
  readonly timestamps?: TimestampClock;
  /** Share by which the DUT's rate is to fall, in [0, 1); left out, 0. */
  readonly slowdown?: number;
  /** What happens to the interface in mid-run, for tests of the runner. */
  readonly mishap?: "link-down" | "interface-gone";
}

/** What the generator's end counts. */
type GeneratorCounts = Pick<
  NativeTrialResult,
  | "seconds"
  | "sendingSeconds"
  | "pacingErrors"
  | "timestamps"
  | "frames"
  | "sentBytes"
  | "receivedBytes"
  | "generatorLimited"
  | "probesSent"
  | "probesReceived"
  | "probesReordered"
  | "probesDuplicated"
  | "badFrames"
  | "latency"
  | "groups"
  | "series"
  | "involuntarySwitches"
  | "generatorCpuShare"
  | "trafficDigest"
  | "intendedRate"
> & {
  /** Frames of others that came, and were left out. */
  readonly foreignFrames: number;
};

/** Of trials whose frames stop coming back. */
export interface LastReturn {
  /** When the last of the probes that came back was due, in seconds of the measured phase; left out where none came. */
  readonly lastDueSeconds?: number;
}

/** What the data path counted in one trial of `forwarding`, read after the drain. */
export type NativeForwardingResult = GeneratorCounts &
  Pick<NativeTrialResult, "dutBusyCycles" | "dutTotalCycles" | "dutFrames" | "dutCpuShare"> & {
    /** What was opened at each end: wire, mode and interface. */
    readonly wire: string;
    readonly testerWire: string;
  };

/** A port of the host, of a trial whose generator and DUT are different agents. */
export interface HostPort {
  readonly wire: string;
  /** Interface, PCI address, or device arguments of DPDK. */
  readonly device: string;
  /** Frames that it holds. */
  readonly slots: number;
  /** Left out, 1; the forwarder has one for each of its workers. */
  readonly queues?: number;
  /** Of received frames; left out, the receiving thread's. */
  readonly timestamps?: TimestampClock;
  /** The process in whose network namespace the interface is; left out, the agent's own. */
  readonly namespaceOf?: number;
}

export type GeneratorEndConfig = Pick<
  ForwardingTrialConfig,
  "traffic" | "warmupSeconds" | "durationSeconds" | "probeEvery" | "window" | "seriesIntervalSeconds"
> & { readonly port: HostPort; readonly cpu: number };

/** Of the drops, those that the generator's end knows of. */
export type NativeGeneratorEndResult = GeneratorCounts &
  LastReturn & {
    /** What was opened. */
    readonly port: string;
    /** When the first frame of the measured phase was due, in seconds of CLOCK_MONOTONIC. */
    readonly startedAt: number;
  };

export type ForwarderConfig = Pick<ForwardingTrialConfig, "burst"> & {
  readonly port: HostPort;
  /** A worker each, with a queue of its own; -1: not pinned. */
  readonly cpus: readonly number[];
};

/** Since the forwarder was started, but for `cpuShare`: since the counts were read before. */
export interface ForwarderCounts {
  /** That came, those of others too. */
  readonly frames: number;
  readonly foreignFrames: number;
  /** Frames that the wire did not take back. */
  readonly wireFull: number;
  /** Frames that found no room at the port. */
  readonly lost: number;
  readonly busyCycles: number;
  readonly totalCycles: number;
  /** Of the worker that had least. */
  readonly cpuShare: number;
}
