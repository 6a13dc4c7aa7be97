import { describe, expect, it } from "vitest";
import { judge } from "../../../src/gate/judge.js";
import { gateAnnotations } from "../../../src/report/comparison/annotations.js";
import { gateJunit } from "../../../src/report/comparison/junit.js";
import { gateMarkdown } from "../../../src/report/comparison/markdown.js";
import { gateDifferences, gateNotes } from "../../../src/report/comparison/rows.js";
import { point, RULE, sampleSet } from "../../gate/sets.js";
import type { GateReport } from "../../../src/report/comparison/input.js";

const HOSTILE = 'a<b> & "c"\u0001 50%\n::error::x | y';

/** Three points: one slower, one the same, one that every trial fails of, with a reason full of markup. */
function report(strict = false): GateReport {
  const rates = (factor: number) => [1, 1.01, 1.02, 0.99, 0.98, 1.03, 0.97, 1.005].map((value) => 1e7 * value * factor);
  const set = (first: number, changes: Parameters<typeof point>[2]) =>
    sampleSet([
      point(0, { forwarding_rate: rates(first) }),
      point(1, { forwarding_rate: rates(1) }),
      point(2, { forwarding_rate: rates(1) }, changes),
      point(3, { forwarding_rate: [1e7] }),
    ]);
  const baseline = set(1, {});
  const slower = set(0.8, { status: "failed", reason: HOSTILE, samples: {}, leftOut: { suspect: 1, failed: 3 } });
  const candidate = { ...slower, environment: { ...slower.environment, "here.cpuModel": "another" } };
  return { judgement: judge(baseline, candidate, [{ ...RULE, worseBy: 0.1 }]), baseline, candidate, strict };
}

describe("JUnit XML", () => {
  it("has a case a check, with failure, error and skipped, and escapes what suites and agents say", () => {
    const xml = gateJunit(report());
    expect(xml).toContain('tests="4" failures="1" errors="1" skipped="1"');
    expect(xml).toMatch(/name="cuckoo · 64Ki flows"><failure message="forwarding_rate changed by -20\.0% \(/);
    expect(xml).toContain('<error message="Every trial failed. a&lt;b&gt; &amp; &quot;c&quot; 50%');
    expect(xml).not.toContain("\u0001");
  });

  it("makes an inconclusive check a failure where it is one", () => {
    expect(gateJunit(report(true))).toContain('tests="4" failures="2" errors="1" skipped="0"');
  });
});

describe("annotations for GitHub", () => {
  it("are an error a failure and a warning what is open, one line each that nothing can break out of", () => {
    const lines = gateAnnotations(report());
    expect(lines.map((line) => line.slice(0, line.indexOf(" ")))).toEqual(["::error", "::error", "::warning"]);
    expect(lines[1]).toContain("50%25%0A::error::x");
    expect(lines.join("")).not.toContain("\n");
    expect(gateAnnotations(report(true))[2]).toMatch(/^::error title=forwarding_rate inconclusive%3A/);
  });
});

describe("the summary in Markdown", () => {
  it("starts with the outcome, then what failed, and keeps to its table", () => {
    const text = gateMarkdown(report());
    expect(text).toMatch(
      /^# Gate of small: regressed\n\n\*\*4 checks: 1 regressed, 1 broken, 1 inconclusive, 1 passed\*\*/,
    );
    const rows = text
      .split("\n")
      .filter((line) => line.startsWith("| ") && / passed| regressed| broken| inconc/.test(line));
    expect(rows).toHaveLength(4);
    expect(rows[0]).toContain("regressed");
    expect(text).not.toContain("<b>");
  });
});

describe("the notes of a gate", () => {
  it("count what was left out, and tell that the machine is another one", () => {
    expect(gateNotes(report())).toEqual([
      "cuckoo · 192Ki flows: 1 repetition is suspect and left out; 3 trials failed.",
      "Baseline and run are from different machines: here.cpuModel.",
    ]);
  });
});

describe("what else differs", () => {
  it("cuts long values to where they part", () => {
    const flags = `${"a".repeat(100)} sse4 ${"b".repeat(100)}`;
    const { baseline, candidate, ...rest } = report();
    const rows = gateDifferences({
      ...rest,
      baseline: { ...baseline, environment: { "here.cpuFlags": flags } },
      candidate: { ...candidate, environment: { "here.cpuFlags": flags.replace("sse4", "avx2") } },
    });
    const [, before = "", after = ""] = rows.find(([name]) => name === "here.cpuFlags") ?? [];
    expect(before).toContain("sse4");
    expect(after).toContain("avx2");
    for (const text of [before, after]) expect(text.length).toBeLessThanOrEqual(62);
  });
});
