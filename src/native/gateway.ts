/** Trials of `gateway`, as the addon takes and gives them. */
import type { FrameCounts, LatencyHistogram } from "../observations.js";
import type { TrackerConfig } from "./model.js";

/** One trial of `gateway`; `native/dataplane/gateway_trial.h` says what each test does. */
export interface GatewayTrialConfig {
  readonly table: string;
  readonly test: "establishment" | "tear-down" | "capacity" | "established";
  /** Else the tracker works alone, on frames made in its own thread. */
  readonly overWire: boolean;
  readonly capacity: number;
  readonly traffic: {
    readonly connections: number;
    readonly frameSize: number;
    readonly rate: number | "max";
    readonly seed: number;
  };
  readonly tracker: TrackerConfig;
  readonly warmupSeconds: number;
  readonly durationSeconds: number;
  readonly probeEvery: number;
  readonly ringSize: number;
  readonly generatorCpu: number;
  readonly dutCpu: number;
}

/** Sums over the rounds of the trial that were clocked. */
export interface GatewayTrialResult {
  readonly rounds: number;
  /** Connections opened in phase 1, those that the tracker created, and those that phase 2 found again. */
  readonly offered: number;
  readonly established: number;
  readonly answered: number;
  /** Frames that came out as they must not: any but 0 voids the trial. */
  readonly wrong: number;
  readonly openSeconds: number;
  readonly tornDown: number;
  /** Flows that outlived a tear-down. */
  readonly leftOver: number;
  readonly tearDownSeconds: number;
  /** Of phase 1. */
  readonly frameCauses: Readonly<Record<string, number>>;
  readonly liveFlows: number;
  readonly tableBytes: number;
  readonly trackerBytes: number;
  readonly dutCpuShare: number;
  /** The phase that was clocked, of a trial over a wire. */
  readonly wire?: GatewayWireResult;
}

export interface GatewayWireResult {
  readonly seconds: number;
  readonly frames: FrameCounts;
  readonly receivedBytes: number;
  readonly probesSent: number;
  readonly probesReceived: number;
  /** `established`: flows that known connections should not have created. */
  readonly createdLate: number;
  readonly generatorLimited: boolean;
  readonly generatorCpuShare: number;
  readonly latency: LatencyHistogram;
}
