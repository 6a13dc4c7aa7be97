/**
 * The data path's vocabulary: what the addon takes and gives. All values are in base units.
 *
 * `agent/protocol.ts` passes these on unchanged, so that a trial's configuration is written once and
 * read by the C++ code that runs it.
 */
import type { FrameCounts, LatencyHistogram, TimeSeries } from "../observations.js";

/** How the addon was built and what it offers. */
export interface AddonInfo {
  readonly compiler: string;
  readonly flags: string;
  readonly buildType: string;
  readonly tscHz: number;
  /** Our tables: every experiment can use them. */
  readonly tables: readonly TableInfo[];
  /** How cores can use tables, and which tables each way goes with. */
  readonly sharing: readonly { readonly name: string; readonly tables: readonly string[] }[];
  /** Tables of other libraries that were found when the addon was built: for the experiment `hashtable` only. */
  readonly peers: readonly TableInfo[];
  /** Tables of libraries that were not found; the title says how to get them. */
  readonly missingPeers: readonly { readonly name: string; readonly title: string }[];
  readonly profiles: readonly { readonly name: string; readonly title: string }[];
  readonly wires: readonly WireInfo[];
}

export interface WireInfo {
  readonly name: string;
  readonly title: string;
  /** What this host lacks to use it, and how to get it; absent if it lacks nothing. */
  readonly lacks?: string;
  /** What its ends are on; `itself`: both are opened at once, on nothing else. */
  readonly ends?: "interfaces" | "devices" | "itself";
  /** Of a port, at most: so many cores of a DUT can each have one of their own. */
  readonly queues?: number;
  /** Who else than the receiving thread can say when a frame came. */
  readonly timestamps?: TimestampClock;
}

/** Of received frames, in the words of `ethtool -T`: the kernel, when the driver hands it a frame. */
export type TimestampClock = "software";

export interface TableInfo {
  readonly name: string;
  readonly title: string;
  /** The paper or library that the table follows. */
  readonly source: string;
}

/** Traffic as the data path takes it: all values in base units. */
export type TrafficConfig = {
  /** Frames per second; `max`: as fast as the wire takes them; of a capture, a multiple of the rate it was recorded at. */
  readonly rate: TrafficRate;
  /** How the frames of a rate are spread over time; left out, evenly. */
  readonly pacing?: "poisson" | "recorded" | { readonly burst: number };
  readonly seed: number;
} & (GeneratedTraffic | ReplayedTraffic);

export type TrafficRate = number | "max" | { readonly recorded: number };

export interface ReplayedTraffic {
  readonly pcap: string;
  /** So many play the capture at once, each with addresses of its own. Default 1. */
  readonly windows?: number;
}

export interface GeneratedTraffic {
  readonly profile: "uniform" | "zipf" | "campus";
  readonly flows: number;
  /** Bytes with FCS, where the profile has no size distribution of its own; or, instead of it, one of the next two. */
  readonly frameSize?: number;
  /** Bytes with FCS of frames that follow one another, again and again. */
  readonly sizesInTurn?: readonly number[];
  /** `[bytes with FCS, weight]`, drawn for each frame. */
  readonly sizesDrawn?: readonly (readonly [number, number])[];
  /** A capture, whose frames' sizes are drawn as often as they come in it. */
  readonly sizesFrom?: string;
  /** Prefixes of IPv4 and IPv6 addresses, those of a version disjoint; default 10.0.0.0/10 and 192.168.0.0/16. */
  readonly clients?: readonly string[];
  readonly servers?: readonly string[];
  /** First and last; default 1024 to 65535. */
  readonly clientPorts?: readonly [number, number];
  /** Default 443, and 80 of TCP or 53 of UDP. */
  readonly serverPorts?: readonly [number, number];
  /** Share of the flows, in [0, 1]. */
  readonly ipv6Share?: number;
  /** The outermost first. */
  readonly vlans?: readonly { readonly id: number; readonly priority: number }[];
  readonly tunnel?: "vxlan" | "gre" | "geneve";
  readonly vni?: number;
  /** Exponent of `zipf`. */
  readonly skew?: number;
  /** Flows a second that end and are replaced by new ones. */
  readonly newFlows?: number;
  /** Also sends what the servers answer. */
  readonly bothDirections?: boolean;
  /** Groups of flows that are counted apart, 2 to 128. */
  readonly groups?: number;
}

/** How close to its times a generator was that sent at a rate; `native/trafficgen/pacing_errors.h`. */
export interface PacingErrors {
  /** |offered load - intended load| / intended load; the latter of the frames that were due. */
  readonly offered: number;
  /** From when a frame was due until the wire had taken it. */
  readonly send: LatencyHistogram;
  /** By how much the time between two frames differed from the intended one. */
  readonly departure: LatencyHistogram;
}

/** What the tracker does with frames and flows; `native/dataplane/tracker_options.h` says what each means. */
export interface TrackerConfig {
  readonly use: "forward" | "track" | "load-balance" | "nat";
  readonly replies: "here" | "elsewhere" | "rewritten";
  readonly balancing: "hash" | "round-robin" | "least-loaded";
  readonly backends: number;
  readonly natAddresses: number;
  readonly loose: boolean;
  readonly checkWindows: boolean;
  readonly dropInvalid: boolean;
  readonly expiry: "none" | "scan" | "timer-wheel" | "lazy";
  readonly expiryIntervalSeconds: number;
  readonly scanIncremental: boolean;
  /** For all flows; 0: those of Linux. */
  readonly timeoutSeconds: number;
  /** Those that differ, by state. */
  readonly timeouts: Readonly<Record<string, number>>;
}

/** How several cores use tables; `native/hashtables/shared/sharing_names.h` says what each means. */
export type Sharing = "sharded" | "mutex" | "spinlock" | "rwlock" | "bucket-lock" | "lock-free";

export interface ConntrackTrialConfig {
  readonly table: string;
  readonly sharing: Sharing;
  /** Flow entries that the table must be able to hold; 0: as many as live at once, at a load factor of 80 %. */
  readonly capacity: number;
  readonly tracker: TrackerConfig;
  readonly traffic: TrafficConfig;
  readonly warmupSeconds: number;
  readonly durationSeconds: number;
  /** Every n-th frame carries a timestamp. */
  readonly probeEvery: number;
  /** Slots of the ring that stands for the wire, each way. */
  readonly ringSize: number;
  /** CPUs to pin to; -1 leaves the thread to the scheduler. */
  readonly generatorCpu: number;
  /** A worker each. */
  readonly dutCpus: readonly number[];
  /** How frames are spread over the workers: a Toeplitz key that takes both directions to one of them, or the default. */
  readonly symmetricRss: boolean;
  readonly retaEntries: number;
  /** Interval of the time series; 0 for none. */
  readonly seriesIntervalSeconds: number;
  /** Share by which the DUT's rate is to fall, in [0, 1); left out, 0. */
  readonly slowdown?: number;
  /** Fault to inject, for tests of the runner: the agent crashes, hangs, or stalls its DUT for a while. */
  readonly fault?: "crash" | "hang" | "stall";
}

/** What the data path counted in one trial of `conntrack`, read after the drain. */
export interface NativeTrialResult {
  readonly seconds: number;
  /** From the start to the last frame sent, at least the intended duration. */
  readonly sendingSeconds?: number;
  /** Of a rate only. */
  readonly pacingErrors?: PacingErrors;
  /** By whose clock probes arrived, where it was not the thread's. */
  readonly timestamps?: {
    readonly clock: TimestampClock;
    /** Of converting its times to those of the thread, at most. */
    readonly errorNs: number;
    /** Probes whose time it did not say, or that cannot be: they count by the thread's. */
    readonly untimedProbes: number;
  };
  readonly frames: FrameCounts;
  /** Sum of the frame sizes (with FCS) of sent and of received frames. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly intendedRate: number | "max";
  /** True if the generator, not the DUT, set the pace. */
  readonly generatorLimited: boolean;
  /** TSC cycles that the DUT spent in polls that found frames. */
  readonly dutBusyCycles: number;
  /** TSC cycles of the whole measured phase on the DUT's thread. */
  readonly dutTotalCycles: number;
  readonly dutFrames: number;
  readonly workers?: readonly WorkerCounts[];
  readonly tscHz: number;
  readonly liveFlows: number;
  /** In the measured phase: flows created, ended by their protocol, and forgotten after their timeout. */
  readonly newFlows: number;
  readonly closedFlows?: number;
  readonly expiredFlows?: number;
  /** In the measured phase: new flows of the traffic. */
  readonly bornFlows?: number;
  readonly tableBytes: number;
  /** With the states and keys of all flows. */
  readonly trackerBytes?: number;
  /** Frames by what became of them, such as `tracked`, `fragment`, `table full`. */
  readonly frameCauses?: Readonly<Record<string, number>>;
  /** Cycles of sampled bursts by stage, and how many frames and readings of the clock that was. */
  readonly cycleSplit?: CycleSplit;
  /** Probes sent and not seen again, apart from counted drops. */
  readonly probesSent: number;
  readonly probesReceived: number;
  /** Of those received: came after one that had been sent later (RFC 4737). */
  readonly probesReordered?: number;
  /** Copies of probes that had come before; not among those received. */
  readonly probesDuplicated?: number;
  /** Received probes with a wrong checksum, MAC or backend: any but 0 fails the trial. */
  readonly badFrames: number;
  readonly latency: LatencyHistogram;
  /** In order, where the traffic has groups. */
  readonly groups?: readonly GroupCounts[];
  readonly series?: TimeSeries;
  /** Involuntary context switches of the data path's threads. */
  readonly involuntarySwitches?: number;
  /** Share of the measured phase for which each thread had its CPU, in [0, 1]: both spin, so 1 is what is due. */
  readonly generatorCpuShare?: number;
  readonly dutCpuShare?: number;
  /** 64-bit digest, in hex, of the first million frames that this traffic and seed produce. */
  readonly trafficDigest: string;
}

/** What came back of one group of flows in the measured phase. */
export interface GroupCounts {
  readonly sent: number;
  readonly received: number;
  readonly probesReceived: number;
  /** Came after a later one of their group. */
  readonly probesReordered: number;
  readonly latency: LatencyHistogram;
}

/** One core of the DUT in the measured phase. */
export interface WorkerCounts {
  readonly frames: number;
  readonly busyCycles: number;
  readonly totalCycles: number;
  readonly liveFlows: number;
}

export interface CycleSplit {
  readonly parse: number;
  readonly lookup: number;
  readonly insert: number;
  readonly expiry: number;
  readonly rest: number;
  readonly frames: number;
  readonly clockReads: number;
  /** What reading the clock costs, in cycles; part of the stages' sums. */
  readonly clockReadCycles: number;
}

/** What `nicbench traffic inspect` prints. Byte counts are of captured and of original lengths. */
export interface PcapInspection {
  readonly file: string;
  readonly format: "pcap";
  readonly byteOrder: "little" | "big";
  readonly timestampUnit: "us" | "ns";
  readonly linkType: number;
  readonly snapLength: number;
  readonly frames: number;
  readonly capturedBytes: number;
  readonly originalBytes: number;
  readonly durationSeconds: number;
  /** Distinct five-tuples, each direction of a connection counted once on its own. */
  readonly flows: number;
  /** Distinct connections: both directions together. */
  readonly connections: number;
  /** Sources and destinations of the flows of each IP version. */
  readonly ends: readonly CaptureEnds[];
  readonly protocols: Readonly<Record<string, number>>;
  /** Frame sizes with FCS: `[upper edge, count]` of the usual RFC 2544 classes. */
  readonly sizes: readonly (readonly [number, number])[];
  readonly problems: readonly { readonly kind: string; readonly count: number; readonly firstFrame: number }[];
}

export interface CaptureEnds {
  readonly version: 4 | 6;
  readonly side: "source" | "destination";
  /** Different ones. */
  readonly addresses: number;
  /** The longest that all of them begin with. */
  readonly prefix: string;
  /** Least and greatest; absent where no flow has ports. */
  readonly ports?: readonly [number, number];
}

export interface TrafficSummary {
  readonly frames: number;
  readonly bytes: number;
  readonly flows: number;
  readonly digest: string;
}

/** One trial of the table benchmark, on one table for each thread. */
export interface TableTrialConfig {
  readonly table: string;
  readonly key: "ipv4" | "ipv6";
  readonly operation: "hit" | "miss" | "insert" | "erase" | "mixed" | "churn" | "fill";
  readonly order: "uniform" | "zipf" | "sequential" | "trace";
  /** `mixed`: share of lookups; the rest is half inserts, half erases. */
  readonly lookupShare: number;
  /** Exponent of `zipf`. */
  readonly skew: number;
  /** Keys handed to the table at once; 1: single calls. */
  readonly burst: number;
  /** Start the next burst before finishing this one, where the table can. */
  readonly pipelined: boolean;
  readonly slots: number;
  /** Live flows over slots. */
  readonly loadFactor: number;
  /** `insert`: the load factor to start from. */
  readonly loadFrom: number;
  readonly hugePages: boolean;
  /** Of clocked work. */
  readonly seconds: number;
  /** `insert` and `churn`: so many inserts are clocked one by one, in addition. */
  readonly latencySamples: number;
  readonly seed: number;
  readonly threads: number;
  /** Thread i is pinned to CPU firstCpu + i; -1: not pinned. */
  readonly firstCpu: number;
  /** Capture whose five-tuples are the keys, for `trace`. */
  readonly pcap?: string;
}

export interface TableTrialResult {
  readonly operations: number;
  readonly seconds: number;
  readonly operationsPerSecond: number;
  readonly nsPerOperation: number;
  readonly cyclesPerOperation: number;
  readonly insertLatency: LatencyHistogram;
  /** Cost of reading the clock, which is in every insert latency. */
  readonly timerNs: number;
  readonly hits: number;
  readonly misses: number;
  readonly refused: number;
  /** Answers that were not as they had to be: any but 0 voids the trial. */
  readonly wrong: number;
  readonly live: number;
  readonly slots: number;
  readonly memory: number;
  readonly bytesPerEntry: number;
  /** `fill`: load factor at the first refusal. */
  readonly maxLoad: number;
  readonly meanProbeLength: number;
  readonly maxProbeLength: number;
  readonly displacementsPerInsert: number;
  readonly pages: string;
  /** Independent random line reads a second over a working set of the table's size, right after; 0 if not measured. */
  readonly lineReadsPerSecond: number;
}

/** What the machine can do with a working set: the roof for every table of that size. */
export interface Limits {
  readonly lineReadsPerSecond: number;
  readonly dependentReadNs: number;
  readonly sequentialBytesPerSecond: number;
  readonly workingSet: number;
  readonly pages: string;
}
