/**
 * A measurement whose generator and DUT are different agents, each with a port of its host.
 *
 * The DUT forwards from before the learning frames until after the drain. Its counters are read between warm-up and
 * measured phase and again after it, so that nothing is sent to its host while it is measured.
 */
import { codeOf } from "../../errors.js";
import { trafficConfig } from "../traffic/config.js";
import type {
  ForwarderCounts,
  ForwardingTrialResult,
  GeneratorEndConfig,
  GeneratorEndResult,
} from "../../agent/protocol.js";
import type { FrameCounts } from "../../observations.js";
import { outlast, throwIfStopped, type TrialContext } from "../experiment.js";
import { dutCpus, workersOf } from "../cores.js";
import { timestampsOf } from "./trial.js";
import { windowOf, type ForwardingParameters } from "./parameters.js";
import type { TrafficRate } from "../traffic/parameters.js";

type Context = TrialContext<ForwardingParameters>;

/** @throws {UserError} what either agent throws; `STOPPED` too */
export async function measureApart(
  context: Context,
  rate: TrafficRate,
  durationSeconds: number,
): Promise<ForwardingTrialResult> {
  const { point, warmupSeconds, graceSeconds: grace, signal } = context;
  const workers = workersOf(point.cores, context.roles);
  const dut = context.agent("dut");
  const generator = context.agent("generator");
  const { port } = await dut.call(
    "forwarder.start",
    { port: portOf(context, "dut"), burst: point.burst, cpus: dutCpus({ cores: workers }, context.roles["dut"]) },
    grace,
  );
  try {
    throwIfStopped(signal);
    await generator.call("generator.prepare", generatorConfig(context, rate, durationSeconds), warmupSeconds + grace);
    const before = await dut.call("forwarder.counts", {}, grace);
    await outlast(context, "dut", durationSeconds + 2 * grace);
    throwIfStopped(signal);
    const generated = await generator.call("generator.measure", {}, durationSeconds + grace);
    const after = await dut.call("forwarder.counts", {}, grace);
    return { ...combine(generated, since(before, after)), wire: port };
  } catch (error) {
    // What broke at the DUT's end explains what the generator saw of it.
    if (codeOf(error) !== "STOPPED") await dut.call("forwarder.counts", {}, grace);
    throw error;
  } finally {
    await dut.call("forwarder.stop", {}, grace).catch(() => undefined); // an agent that died has stopped as well
  }
}

export function generatorConfig(context: Context, rate: TrafficRate, durationSeconds: number): GeneratorEndConfig {
  const { point, seed, warmupSeconds, roles } = context;
  return {
    port: { ...portOf(context, "generator"), queues: workersOf(point.cores, roles), ...timestampsOf(point) },
    traffic: trafficConfig(point, rate, seed),
    warmupSeconds,
    durationSeconds,
    probeEvery: point.probe_every,
    window: windowOf(point),
    cpu: roles["generator"]?.cpus[0] ?? -1,
    seriesIntervalSeconds: point.series_interval,
  };
}

function portOf({ roles, point }: Context, role: string): GeneratorEndConfig["port"] {
  const { io = "ring", device = "" } = roles[role] ?? {};
  return { wire: io, device, slots: point.ring };
}

function since(before: ForwarderCounts, after: ForwarderCounts): ForwarderCounts {
  return {
    frames: after.frames - before.frames,
    foreignFrames: after.foreignFrames - before.foreignFrames,
    wireFull: after.wireFull - before.wireFull,
    lost: after.lost - before.lost,
    busyCycles: after.busyCycles - before.busyCycles,
    totalCycles: after.totalCycles - before.totalCycles,
    cpuShare: after.cpuShare,
  };
}

function combine(
  { port, ...generated }: GeneratorEndResult,
  dut: ForwarderCounts,
): Omit<ForwardingTrialResult, "wire"> {
  return {
    ...generated,
    frames: withLosses(generated.frames, dut),
    testerWire: port,
    foreignFrames: generated.foreignFrames + dut.foreignFrames,
    dutFrames: dut.frames,
    dutBusyCycles: dut.busyCycles,
    dutTotalCycles: dut.totalCycles,
    dutCpuShare: dut.cpuShare,
  };
}

/**
 * What is missing between two counts was lost between them. A port also counts frames of others that found no room, so
 * it explains no more than is missing.
 */
export function withLosses({ sent, received, drops }: FrameCounts, dut: ForwarderCounts): FrameCounts {
  const droppedAt = (place: string): number =>
    drops.filter((drop) => drop.place === place).reduce((sum, { frames }) => sum + frames, 0);
  const forwarded = dut.frames - dut.foreignFrames;
  const missingThere = Math.max(0, sent - droppedAt("wire to dut") - forwarded);
  const missingBack = Math.max(0, forwarded - dut.wireFull - received - droppedAt("wire to tester"));
  const noRoom = Math.min(dut.lost, missingThere);
  const found = [
    { place: "wire to dut", cause: "no room at the receiver", frames: noRoom },
    { place: "wire to dut", cause: "did not arrive", frames: missingThere - noRoom },
    { place: "wire to tester", cause: "ring full", frames: dut.wireFull },
    { place: "wire to tester", cause: "did not arrive", frames: missingBack },
  ];
  return { sent, received, drops: [...drops, ...found.filter(({ frames }) => frames > 0)] };
}
