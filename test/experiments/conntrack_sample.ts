import { conntrackParameters, type ConntrackParameters } from "../../src/experiments/conntrack/parameters.js";
import type { ConntrackTrialResult, NativeInfo } from "../../src/agent/protocol.js";

export const NATIVE: NativeInfo = {
  available: true,
  compiler: "none",
  flags: "",
  buildType: "Test",
  tscHz: 1e9,
  tables: ["cuckoo", "chaining-stl"].map((name) => ({ name, title: name, source: "" })),
  sharing: [
    { name: "sharded", tables: ["cuckoo", "chaining-stl"] },
    { name: "lock-free", tables: ["cuckoo", "flowline"] },
  ],
  peers: [],
  missingPeers: [],
  profiles: [],
  wires: [],
};

export function parse(input: unknown): ConntrackParameters {
  return conntrackParameters.parse(input);
}

/** Messages of what is wrong with the input. */
export function problems(input: unknown): readonly string[] {
  const { error } = conntrackParameters.safeParse(input);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

/** Two seconds in which 1000 of 1100 frames came back. */
export function result(changes: Partial<ConntrackTrialResult> = {}): ConntrackTrialResult {
  return {
    seconds: 2,
    frames: { sent: 1100, received: 1000, drops: [{ place: "dut.rx", cause: "ring full", frames: 100 }] },
    sentBytes: 1100 * 64,
    receivedBytes: 1000 * 64,
    intendedRate: "max",
    generatorLimited: false,
    dutBusyCycles: 200_000,
    dutTotalCycles: 400_000,
    dutFrames: 1000,
    tscHz: 1e9,
    liveFlows: 50,
    newFlows: 50,
    tableBytes: 5000,
    probesSent: 11,
    probesReceived: 10,
    badFrames: 0,
    latency: {
      unit: "ns",
      buckets: [
        [1000, 90],
        [4000, 10],
      ],
      min: 1000,
      max: 4100,
    },
    environment: { stealSeconds: 0 },
    trafficDigest: "00ff",
    ...changes,
  };
}
