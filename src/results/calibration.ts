/** What the generator can do on a wire, measured by `nicbench calibrate`, and which results come close to it. */
import { z } from "zod";

/** Within this share of the ceiling a result may say more about the generator than about the DUT. */
const NEAR = 0.05;

const amount = z.number().nonnegative();

export const calibrationSchema = z.object({
  schema: z.literal(1),
  /** By name, as a suite writes it. */
  wire: z.string(),
  /** What was opened: wire, mode and interface. */
  opened: z.string(),
  hostname: z.string(),
  cpuModel: z.string(),
  /** Of nicbench. */
  version: z.string(),
  /** ISO 8601, UTC. */
  at: z.string(),
  /** -1: not pinned. */
  generatorCpu: z.number().int(),
  /** Least share of a measurement's time for which the generator had its CPU. */
  cpuShare: amount,
  clockReadNs: amount,
  /** Frames a second at full load with nobody who sends back, best and worst of the measurements. Sizes with FCS. */
  ceilings: z.array(z.object({ frameSize: amount, rate: z.number().positive(), least: amount })).min(2),
  /** How close to its times the generator was at rates below the ceiling; errors in ns. */
  pacing: z.array(
    z.object({
      rate: z.number().positive(),
      offeredError: amount,
      sendP50: amount,
      sendP99: amount,
      departureP99: amount,
    }),
  ),
  /** Of probes through a DUT that does nothing, in ns: what every latency on this wire has in it. */
  latency: z.object({ rate: z.number().positive(), p50: amount, p99: amount }),
});

export type Calibration = z.output<typeof calibrationSchema>;

/**
 * Frames a second that the generator reaches with frames of `frameSize` bytes: between the sizes that were measured the
 * time of a frame is taken to grow evenly, and beyond them not at all.
 */
export function ceilingAt({ ceilings }: Pick<Calibration, "ceilings">, frameSize: number): number {
  const [small, large] = [ceilings[0], ceilings.at(-1)];
  if (small === undefined || large === undefined) throw new Error("a calibration has two ceilings");
  const share = (frameSize - small.frameSize) / (large.frameSize - small.frameSize);
  const between = Math.min(Math.max(share, 0), 1);
  return 1 / ((1 - between) / small.rate + between / large.rate);
}

export function isNearCeiling(calibration: Calibration, offeredRate: number, frameSize: number): boolean {
  return offeredRate >= (1 - NEAR) * ceilingAt(calibration, frameSize);
}
