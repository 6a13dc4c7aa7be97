import { describe, expect, it } from "vitest";
import { countedTrials } from "../../src/results/counted.js";
import { isConserved, outcomeOf, summariseRun } from "../../src/results/summary.js";
import { failedTrial, sampleManifest, sampleTrial } from "./sample.js";
import type { SkippedPoint, Summary, TrialRecord } from "../../src/results/model.js";

function summarise(
  trials: readonly TrialRecord[],
  skipped: readonly SkippedPoint[] = [],
  outcome: Summary["outcome"] = "complete",
): Summary {
  return summariseRun(sampleManifest(), { trials, skipped }, outcome);
}

const suspect = { status: "suspect", flags: ["stolen-cpu"], reason: "The hypervisor took 1 s." } as const;

describe("counted trials", () => {
  it("are one a repetition: the ok attempt, else the last suspect one, and never a failed one", () => {
    const trials = [
      sampleTrial("aaa", 0, { ...suspect, attempt: 0 }),
      sampleTrial("aaa", 1, { ...suspect, attempt: 0 }),
      failedTrial("aaa", 2),
      sampleTrial("aaa", 0, { attempt: 1 }),
      sampleTrial("aaa", 1, { ...suspect, attempt: 1 }),
    ];
    const counted = countedTrials(trials).map(({ repetition, attempt }) => [repetition, attempt]);
    expect(counted).toEqual([[0, 1], [1, 1]]);
  });
});

describe("a summary", () => {
  it("has the median, interval and range of every metric of every point", () => {
    const { points, trials } = summarise([0, 1].map((repetition) => sampleTrial("aaa", repetition)));
    expect(points[0]).toMatchObject({ id: "aaa", status: "ok", flags: [] });
    expect(points[0]?.metrics["forwarding_rate"]).toEqual({
      unit: "frames/s",
      better: "higher",
      n: 2,
      median: 1_000_000.5,
      ci95: [1_000_000, 1_000_001],
      min: 1_000_000,
      max: 1_000_001,
    });
    expect(trials).toEqual({ ok: 2, suspect: 0, failed: 0, skipped: 0 });
  });

  it("adds frames up over the counted trials, drop by drop", () => {
    const drops = [{ place: "dut", cause: "table full", frames: 4 }];
    const trials = [
      sampleTrial("aaa", 0),
      sampleTrial("aaa", 1, { frames: { sent: 10, received: 6, drops } }),
    ];
    expect(summarise(trials).points[0]?.frames).toEqual({
      sent: 110,
      received: 96,
      drops: [{ place: "dut.rx", cause: "ring full", frames: 10 }, ...drops],
      conserved: true,
    });
  });

  it("says when a trial lost track of a frame", () => {
    const frames = { sent: 10, received: 6, drops: [] };
    expect(isConserved(frames)).toBe(false);
    const trials = [sampleTrial("aaa", 0), sampleTrial("aaa", 1, { frames, ...suspect })];
    expect(summarise(trials).points[0]).toMatchObject({ status: "suspect", frames: { conserved: false } });
  });

  it("calls a point suspect if a counted trial is, and ok if that trial was run again", () => {
    const doubtful = sampleTrial("aaa", 1, suspect);
    const first = summarise([sampleTrial("aaa", 0), doubtful]).points[0];
    expect(first).toMatchObject({ status: "suspect", flags: ["stolen-cpu"], reason: suspect.reason });
    const again = summarise([sampleTrial("aaa", 0), doubtful, sampleTrial("aaa", 1, { attempt: 1 })]);
    expect(again.points[0]).toMatchObject({ status: "ok", flags: [] });
    expect(again.trials).toMatchObject({ ok: 2, suspect: 1 });
  });

  it("calls a point failed if no trial of it succeeded, and marks one that had failed trials", () => {
    expect(summarise([failedTrial("aaa", 0)]).points[0]).toMatchObject({
      status: "failed",
      reason: "AGENT_DIED: The agent was killed by SIGSEGV.",
      metrics: {},
    });
    const recovered = [failedTrial("aaa", 0), sampleTrial("aaa", 0, { attempt: 1 }), sampleTrial("aaa", 1)];
    expect(summarise(recovered).points[0]).toMatchObject({ status: "ok", flags: ["failed-trials"] });
  });

  it("calls a point of a finished run with too few repetitions suspect, and of an interrupted one pending", () => {
    const trials = [sampleTrial("aaa", 0), failedTrial("aaa", 1)];
    expect(summarise(trials).points[0]).toMatchObject({ status: "suspect", flags: ["failed-trials", "few-repetitions"] });
    const interrupted = summarise(trials, [], "interrupted");
    expect(interrupted.points.map(({ status }) => status)).toEqual(["pending", "pending"]);
  });

  it("gives the reason of a skipped point", () => {
    const { points, trials } = summarise([], [{ type: "skip", point: "bbb", reason: "no such table" }]);
    expect(points[1]).toMatchObject({ status: "skipped", reason: "no such table" });
    expect(trials.skipped).toBe(1);
  });

  it("takes a journal without an end for that of an interrupted run, also when an earlier end was continued", () => {
    const at = "2026-01-02T03:04:05.000Z";
    expect(outcomeOf([{ type: "start", at, pid: 1 }, sampleTrial("aaa", 0)])).toBe("interrupted");
    expect(outcomeOf([{ type: "end", at, outcome: "complete" }])).toBe("complete");
    const resumed = [{ type: "end", at, outcome: "interrupted" } as const, { type: "resume", at, pid: 2 } as const];
    expect(outcomeOf([...resumed, sampleTrial("aaa", 0)])).toBe("interrupted");
  });
});
