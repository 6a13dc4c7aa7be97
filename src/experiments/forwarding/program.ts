/**
 * A measurement whose DUT is a program of the testbed that sends back what it receives, such as testpmd.
 *
 * It runs from before the learning frames until after the drain. What it does with frames only the generator's end tells:
 * those that did not come back are lost at the DUT or on the way, and there are no cycles a frame.
 */
import { withMissing } from "../../frames.js";
import { programOf, startProgram, stopProgram, untilItFails } from "../programs/role.js";
import { throwIfStopped, type TrialContext } from "../experiment.js";
import { generatorConfig } from "./ends.js";
import type { ForwardingTrialResult, GeneratorEndResult } from "../../agent/protocol.js";
import type { ForwardingParameters } from "./parameters.js";
import type { TrafficRate } from "../traffic/parameters.js";

/** @throws {UserError} what agents and program throw; `STOPPED` too */
export async function measureProgram(
  context: TrialContext<ForwardingParameters>,
  rate: TrafficRate,
  durationSeconds: number,
): Promise<ForwardingTrialResult> {
  try {
    await startProgram(context, "dut");
    throwIfStopped(context.signal);
    const limit = context.warmupSeconds + durationSeconds + 2 * context.graceSeconds;
    const { port, ...generated } = await Promise.race([
      generate(context, rate, durationSeconds),
      untilItFails(context, "dut", limit),
    ]);
    return {
      ...generated,
      frames: withMissing(generated.frames),
      testerWire: port,
      wire: programOf(context, "dut").start[0] ?? "",
      dutFrames: 0,
      dutBusyCycles: 0,
      dutTotalCycles: 0,
    };
  } finally {
    await stopProgram(context, "dut").catch(() => undefined); // an agent that died has taken it along
  }
}

async function generate(
  context: TrialContext<ForwardingParameters>,
  rate: TrafficRate,
  durationSeconds: number,
): Promise<GeneratorEndResult> {
  const { warmupSeconds, graceSeconds: grace, signal } = context;
  const generator = context.agent("generator");
  await generator.call("generator.prepare", generatorConfig(context, rate, durationSeconds), warmupSeconds + grace);
  throwIfStopped(signal);
  return generator.call("generator.measure", {}, durationSeconds + grace);
}
