import { result as conntrackResult } from "./conntrack_sample.js";
import type { ForwardingTrialResult } from "../../src/agent/protocol.js";

/** Two seconds in which 1000 of 1100 frames came back. */
export function result(changes: Partial<ForwardingTrialResult> = {}): ForwardingTrialResult {
  const { seconds, frames, sentBytes, receivedBytes, latency, environment } = conntrackResult();
  return {
    seconds,
    frames,
    sentBytes,
    receivedBytes,
    latency,
    environment,
    intendedRate: "max",
    generatorLimited: false,
    dutBusyCycles: 200_000,
    dutTotalCycles: 400_000,
    dutFrames: 1000,
    probesSent: 11,
    probesReceived: 10,
    badFrames: 0,
    trafficDigest: "00ff",
    wire: "af_packet on dut",
    testerWire: "af_packet on tester",
    foreignFrames: 0,
    ...changes,
  };
}
