import pc from "picocolors";
import { describe, expect, it } from "vitest";
import { duration, plainDisplay } from "../../src/cli/progress.js";
import { columns } from "../../src/cli/terminal.js";
import { shellLine } from "../../src/shell.js";
import { conntrack } from "../../src/experiments/conntrack.js";
import { makePlan } from "../../src/runner/plan.js";
import { failedTrial, sampleManifest, sampleTrial } from "../results/sample.js";
import type { RunEvent } from "../../src/runner/events.js";

const { schedule, seed, points: bare } = sampleManifest();
const points = bare.map((point) => ({ ...point, resolved: { traffic: { rate: "max" } } }));
const plan = makePlan({ experiment: conntrack, points, schedule: schedule!, seed });
const progress = { done: 1, expected: 4, secondsLeft: 200 };
const [first, second] = points;

/** The lines that these events make. */
function linesOf(...events: readonly RunEvent[]): readonly string[] {
  const lines: string[] = [];
  const display = plainDisplay((line) => lines.push(line), pc.createColors(false));
  for (const event of events) display(event);
  return lines;
}

const start: RunEvent = { type: "run-start", runDirectory: "results/r", plan, progress };

describe("progress in plain lines", () => {
  it("starts with how many trials there are, how long they take, and where they go", () => {
    expect(linesOf(start)).toEqual(["4 trials, 1 of them done, about 3 min 20 s; into results/r"]);
  });

  it("has one line a trial: place, point, repetition, result", () => {
    const trial = sampleTrial("aaa", 2, { metrics: { forwarding_rate: 12.3e6 } });
    expect(linesOf(start, { type: "trial-end", point: first!, trial, progress }).at(-1)).toBe(
      "[1/4] cuckoo · 64Ki flows, trial 3: 12.3 Mpps",
    );
  });

  it("says why a trial is suspect or failed, and that a trial was run again", () => {
    const suspect = sampleTrial("aaa", 0, { status: "suspect", attempt: 1, reason: "The hypervisor took 1 s." });
    const lines = linesOf(
      start,
      { type: "trial-end", point: first!, trial: suspect, progress },
      { type: "trial-end", point: second!, trial: failedTrial("bbb", 0), progress },
    );
    expect(lines[1]).toMatch(/trial 1, again: 1 Mpps suspect: The hypervisor took 1 s\.$/);
    expect(lines[2]).toMatch(/: failed: AGENT_DIED: The agent was killed by SIGSEGV\.$/);
  });

  it("says which points are skipped and given up, and why", () => {
    const skip = { type: "skip", point: "bbb", reason: "no such table" } as const;
    const lines = linesOf(
      start,
      { type: "skip", skip, point: second! },
      { type: "point-given-up", point: first!, reason: "3 trials of it failed" },
    );
    expect(lines[1]).toMatch(/^skipped chaining-stl.*: no such table$/);
    expect(lines[2]).toMatch(/^given up cuckoo.*: 3 trials of it failed$/);
  });
});

describe("small texts", () => {
  it("give durations as people say them", () => {
    expect([0.4, 59.4, 60, 200, 3600, 7500].map(duration)).toEqual([
      "0 s",
      "59 s",
      "1 min 0 s",
      "3 min 20 s",
      "1 h 0 min",
      "2 h 5 min",
    ]);
  });

  it("align columns", () => {
    expect(
      columns([
        ["a", "bbb", "c"],
        ["aaaa", "b", "cc"],
      ]),
    ).toBe("a     bbb  c\naaaa  b    cc");
  });

  it("quote what a shell would take apart", () => {
    expect(shellLine(["nicbench", "run", "my suite.yaml", "--set", "matrix.table=[a, b]", "it's"])).toBe(
      "nicbench run 'my suite.yaml' --set 'matrix.table=[a, b]' 'it'\\''s'",
    );
  });
});
