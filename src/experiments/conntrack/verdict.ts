/** Can the numbers of a trial be trusted? */
import { isConserved } from "../../results/summary.js";
import { pacingProblem } from "./pacing.js";
import type { ConntrackTrialResult } from "../../agent/protocol.js";
import type { TrialOutcome } from "../experiment.js";

/** Data-path threads spin: one that had its CPU for less of the time than this was kept waiting by another program. */
export const LEAST_CPU_SHARE = 0.95;

/** Share of probes whose latency may end with the thread's time where the kernel's is asked for. */
const MOST_UNTIMED = 0.01;

/** `failed` beats `suspect`; a failed trial's numbers are not kept. */
export type Verdict = Pick<TrialOutcome, "status" | "reason" | "flags">;

export interface Doubt {
  readonly flag: string;
  readonly says: string;
}

/** What a verdict needs of a trial with a generator and a DUT. */
export type Judged = Pick<
  ConntrackTrialResult,
  | "frames"
  | "badFrames"
  | "probesSent"
  | "probesReceived"
  | "generatorLimited"
  | "pacingErrors"
  | "timestamps"
  | "generatorCpuShare"
  | "dutCpuShare"
>;

export function judge(result: Judged): Verdict {
  return verdictOf(failureOf(result), () => doubtsOf(result));
}

export function verdictOf(failure: Doubt | undefined, doubtsIfNone: () => readonly Doubt[]): Verdict {
  if (failure !== undefined) return { status: "failed", reason: failure.says, flags: [failure.flag] };
  const doubts = doubtsIfNone();
  if (doubts.length === 0) return { status: "ok", flags: [] };
  const flags = [...new Set(doubts.map(({ flag }) => flag))];
  return { status: "suspect", reason: doubts.map(({ says }) => says).join(" "), flags };
}

/** The outcome of a trial with a generator and a DUT. `metrics` is asked only if the trial did not fail. */
export function outcomeWith(
  verdict: Verdict,
  { frames, environment, latency, series }: Pick<ConntrackTrialResult, "frames" | "environment" | "latency" | "series">,
  notes: NonNullable<TrialOutcome["notes"]>,
  metrics: () => TrialOutcome["metrics"],
): TrialOutcome {
  if (verdict.status === "failed") return { ...verdict, metrics: {}, frames, environment, notes };
  const measured = { metrics: metrics(), frames, latency, ...(series === undefined ? {} : { series }) };
  return { ...verdict, ...measured, environment, notes };
}

/** The outcome with a doubt more; a failed trial needs none. */
export function withDoubt(outcome: TrialOutcome, { flag, says }: Doubt): TrialOutcome {
  if (outcome.status === "failed") return outcome;
  const reason = [outcome.reason, says].filter((part) => part !== undefined).join(" ");
  return { ...outcome, status: "suspect", reason, flags: [...outcome.flags, flag] };
}

function failureOf({ frames, badFrames }: Judged): Doubt | undefined {
  if (frames.sent === 0) return { flag: "no-frames", says: "NO_FRAMES: the generator sent no frame." };
  if (frames.received === 0) return { flag: "no-frames", says: "NO_FRAMES: none of the sent frames came back." };
  if (badFrames > 0) {
    const says = `BAD_FRAMES: ${badFrames} frames came back with a wrong checksum, address or backend.`;
    return { flag: "bad-frames", says };
  }
  return undefined;
}

/** What speaks against the numbers of a result that did not fail. */
export function doubtsOf(result: Judged): readonly Doubt[] {
  const { frames, probesSent, probesReceived } = result;
  const dropped = droppedOf(frames);
  const doubts = [...carriageDoubts(result)];
  if (probesReceived > probesSent || probesSent - probesReceived > dropped) {
    const says = `${probesSent} probes were sent and ${probesReceived} came back; ${dropped} dropped frames do not explain it.`;
    doubts.push({ flag: "lost-probes", says });
  }
  const { untimedProbes = 0 } = result.timestamps ?? {};
  if (untimedProbes > MOST_UNTIMED * probesReceived) {
    const says = `The kernel gave ${untimedProbes} of ${probesReceived} probes no time of arrival that can be: look whether its clock was set.`;
    doubts.push({ flag: "untimed-probes", says });
  }
  if (probesReceived === 0) doubts.push({ flag: "no-latency", says: "No probe came back, so there is no latency." });
  return doubts;
}

/** What speaks against any trial with a generator and a DUT. Who lost a CPU cannot be blamed for being slow. */
export function carriageDoubts(
  result: Pick<Judged, "frames" | "generatorLimited" | "pacingErrors" | "generatorCpuShare" | "dutCpuShare">,
): readonly Doubt[] {
  const { frames, generatorLimited, generatorCpuShare, dutCpuShare } = result;
  const doubts: Doubt[] = [];
  if (!isConserved(frames)) {
    const says = `${frames.sent} frames were sent, but ${frames.received} received and ${droppedOf(frames)} dropped.`;
    doubts.push({ flag: "frames-not-conserved", says });
  }
  const lost = [...lostCpu("generator", generatorCpuShare), ...lostCpu("DUT", dutCpuShare)];
  doubts.push(...lost);
  if (lost.length > 0) return doubts;
  const limited = pacingProblem(result) ?? (generatorLimited ? "The generator, not the DUT, set the pace." : undefined);
  if (limited !== undefined) doubts.push({ flag: "generator-limited", says: limited });
  return doubts;
}

function droppedOf({ drops }: Judged["frames"]): number {
  return drops.reduce((sum, drop) => sum + drop.frames, 0);
}

export function lostCpu(who: string, share = 1): readonly Doubt[] {
  if (share >= LEAST_CPU_SHARE) return [];
  const percent = Math.round(share * 100);
  return [
    { flag: "lost-cpu", says: `The ${who} had its CPU for ${percent} % of the time: another program wanted it.` },
  ];
}
