import { describe, expect, it } from "vitest";
import { bestReadings, checkReadings } from "../../src/runner/drift.js";
import type { TrialOutcome } from "../../src/experiments/experiment.js";
import type { CalibrationReading, HostReadings } from "../../src/results/model.js";

function reading(at: number, changes: Partial<CalibrationReading> = {}): CalibrationReading {
  const clocks = { tscSeconds: 50 + at, monotonicSeconds: at, wallSeconds: 1.7e9 + at };
  return { workNs: 1.8, handOverNs: 50, ...clocks, ...changes };
}

function outcome(before: Partial<CalibrationReading>, after: Partial<CalibrationReading>): TrialOutcome {
  const readings: HostReadings = { before: reading(100, before), after: reading(102, after) };
  return { status: "ok", flags: [], metrics: {}, environment: { stealSeconds: 0, readings: { dut0: readings } } };
}

describe("a host that drifts", () => {
  it("makes a trial suspect when a hand-over takes longer after it than before", () => {
    expect(checkReadings(outcome({}, { handOverNs: 400 }), {})).toMatchObject({
      status: "suspect",
      flags: ["calibration-drifted"],
      reason: "On host 'dut0' a cache line to another CPU and back took 50 ns before the trial and 400 ns after it.",
    });
  });

  it("is as suspect when it becomes faster", () => {
    expect(checkReadings(outcome({ workNs: 2.4 }, {}), {}).flags).toEqual(["calibration-drifted"]);
  });

  it("is found when it was slow all along, by what the run has seen of it before", () => {
    const slow = outcome({ handOverNs: 400 }, { handOverNs: 410 });
    expect(checkReadings(slow, {}).status).toBe("ok");
    const best = bestReadings([outcome({}, {}).environment, slow.environment, undefined]);
    expect(best).toEqual({ dut0: { workNs: 1.8, handOverNs: 50 } });
    expect(checkReadings(slow, best)).toMatchObject({
      status: "suspect",
      reason: "On host 'dut0' a cache line to another CPU and back took 410 ns, and 50 ns at another time of the run.",
    });
  });

  it("may vary as an undisturbed one does, and has no hand-over with one CPU", () => {
    const usual = outcome({ workNs: 1.8, handOverNs: 46 }, { workNs: 2, handOverNs: 56 });
    expect(checkReadings(usual, bestReadings([usual.environment]))).toEqual(usual);
    const alone = outcome({ handOverNs: 0 }, { handOverNs: 0 });
    expect(checkReadings(alone, bestReadings([alone.environment]))).toEqual(alone);
  });

  it("adds to other doubts, and leaves failed trials and those without readings alone", () => {
    const doubtful = {
      ...outcome({}, { workNs: 3 }),
      status: "suspect",
      flags: ["lost-cpu"],
      reason: "Lost.",
    } as const;
    expect(checkReadings(doubtful, {})).toMatchObject({
      flags: ["lost-cpu", "calibration-drifted"],
      reason: expect.stringMatching(/^Lost\. On host 'dut0' a fixed piece of work took/),
    });
    const failed = { ...outcome({}, { workNs: 3 }), status: "failed" } as const;
    expect(checkReadings(failed, {})).toEqual(failed);
    const unread: TrialOutcome = { status: "ok", flags: [], metrics: {} };
    expect(checkReadings(unread, bestReadings([undefined]))).toEqual(unread);
  });
});

describe("a clock that jumps", () => {
  it("makes a trial suspect when somebody set the wall clock meanwhile", () => {
    expect(checkReadings(outcome({}, { wallSeconds: 1.7e9 + 102 - 3600 }), {})).toMatchObject({
      flags: ["clock-jumped"],
      reason: "The wall clock of host 'dut0' jumped by -3600 s.",
    });
  });

  it("is told of the time-stamp counter too, which the data path measures by", () => {
    expect(checkReadings(outcome({}, { tscSeconds: 152.5 }), {})).toMatchObject({
      flags: ["clock-jumped"],
      reason: "The time-stamp counter of host 'dut0' jumped by 500 ms.",
    });
  });

  it("may be turned as slowly as NTP does", () => {
    const turned = outcome({}, { wallSeconds: 1.7e9 + 102.001 });
    expect(checkReadings(turned, {})).toEqual(turned);
  });
});
