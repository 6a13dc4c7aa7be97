/** Can the numbers of a gateway's trial be trusted? */
import { REFUSALS } from "../conntrack/metrics.js";
import { carriageDoubts, lostCpu, verdictOf, type Doubt, type Verdict } from "../conntrack/verdict.js";
import type { GatewayTrialConfig, GatewayTrialResult } from "../../agent/protocol.js";

export function judge(config: GatewayTrialConfig, result: GatewayTrialResult): Verdict {
  return verdictOf(failureOf(config, result), () => doubtsOf(result));
}

function failureOf(config: GatewayTrialConfig, result: GatewayTrialResult): Doubt | undefined {
  const { wrong, leftOver, wire } = result;
  if (wrong > 0) return { flag: "wrong-answers", says: `${wrong} frames came out as they must not.` };
  if (leftOver > 0) return { flag: "left-over", says: `${leftOver} flows outlived the tear-down of all.` };
  if (wire?.frames.received === 0) return { flag: "no-frames", says: "None of the sent frames came back." };
  return notEstablished(config, result) ?? forgotten(config, result);
}

/** Phase 1 must establish every connection, but where the first refusal is what is looked for. */
function notEstablished({ test }: GatewayTrialConfig, result: GatewayTrialResult): Doubt | undefined {
  const { offered, established } = result;
  if (established === 0) return { flag: "not-established", says: "No connection was established." };
  if (test === "capacity") {
    return established < offered
      ? undefined
      : { flag: "not-full", says: `None of ${offered} connections was refused, so the table never got full.` };
  }
  const refusals = refusalsOf(result);
  if (refusals.length === 0) return undefined;
  const says = `Phase 1 did not establish all connections: ${refusals.join(", ")}; raise capacity or nat_addresses.`;
  return { flag: "not-established", says };
}

/** Over a wire at a rate, answers get lost as openings do: that is what the trial measures. */
function forgotten({ test, overWire }: GatewayTrialConfig, result: GatewayTrialResult): Doubt | undefined {
  const { established, answered, wire } = result;
  const mayLose = overWire && test === "establishment";
  if (!mayLose && answered !== established) {
    const says = `${established - answered} of ${established} connections were not found again.`;
    return { flag: "forgotten", says };
  }
  if (wire === undefined || wire.createdLate === 0) return undefined;
  return { flag: "forgotten", says: `${wire.createdLate} frames of known connections opened new ones.` };
}

function refusalsOf({ frameCauses }: GatewayTrialResult): readonly string[] {
  return REFUSALS.flatMap((cause) => (frameCauses[cause] === undefined ? [] : [`${frameCauses[cause]} ${cause}`]));
}

/** What speaks against the numbers of a result that did not fail. */
export function doubtsOf({ dutCpuShare, wire }: GatewayTrialResult): readonly Doubt[] {
  return wire === undefined ? lostCpu("DUT", dutCpuShare) : carriageDoubts({ ...wire, dutCpuShare });
}
