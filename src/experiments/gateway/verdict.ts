/** Can the numbers of a gateway's trial be trusted? */
import { isConserved } from "../../results/summary.js";
import { lostCpu, type Doubt, type Verdict } from "../conntrack/verdict.js";
import type { GatewayTrialConfig, GatewayTrialResult } from "../../agent/protocol.js";

export function judge(config: GatewayTrialConfig, result: GatewayTrialResult): Verdict {
  const failure = failureOf(config, result);
  if (failure !== undefined) return { status: "failed", reason: failure.says, flags: [failure.flag] };
  const doubts = doubtsOf(result);
  if (doubts.length === 0) return { status: "ok", flags: [] };
  return { status: "suspect", reason: doubts.map(({ says }) => says).join(" "), flags: doubts.map(({ flag }) => flag) };
}

function failureOf({ test, overWire }: GatewayTrialConfig, result: GatewayTrialResult): Doubt | undefined {
  const { offered, established, answered, wrong, leftOver, wire } = result;
  const failed = (flag: string, says: string): Doubt => ({ flag, says: `${says[0]?.toUpperCase()}${says.slice(1)}` });
  if (wrong > 0) return failed("wrong-answers", `${wrong} frames came out as they must not.`);
  if (leftOver > 0) return failed("left-over", `${leftOver} flows outlived the tear-down of all.`);
  if (established === 0) return failed("not-established", "no connection was established.");
  if (test === "capacity" && established === offered) {
    return failed("not-full", `none of ${offered} connections was refused.`);
  }
  const refusals = test === "capacity" ? [] : refusalsOf(result);
  if (refusals.length > 0) {
    const says = `phase 1 did not establish all connections: ${refusals.join(", ")}; raise capacity or nat_addresses.`;
    return failed("not-established", says);
  }
  const mayLose = overWire && test === "establishment";
  if (!mayLose && answered !== established) {
    return failed("forgotten", `${established - answered} of ${established} connections were not found again.`);
  }
  if ((wire?.createdLate ?? 0) > 0) {
    return failed("forgotten", `${wire?.createdLate} frames of known connections opened new ones.`);
  }
  if (wire?.frames.received === 0) return failed("no-frames", "none of the sent frames came back.");
  return undefined;
}

const REFUSALS = ["table full", "ports exhausted", "tuple in use"] as const;

function refusalsOf({ frameCauses }: GatewayTrialResult): readonly string[] {
  return REFUSALS.flatMap((cause) => (frameCauses[cause] === undefined ? [] : [`${frameCauses[cause]} ${cause}`]));
}

function doubtsOf({ dutCpuShare, wire }: GatewayTrialResult): readonly Doubt[] {
  const doubts = [...lostCpu("DUT", dutCpuShare)];
  if (wire === undefined) return doubts;
  doubts.push(...lostCpu("generator", wire.generatorCpuShare));
  if (!isConserved(wire.frames)) {
    doubts.push({ flag: "frames-not-conserved", says: "Sent frames are neither received nor dropped." });
  }
  if (wire.generatorLimited && doubts.every(({ flag }) => flag !== "lost-cpu")) {
    doubts.push({ flag: "generator-limited", says: "The generator, not the DUT, set the pace." });
  }
  return doubts;
}
