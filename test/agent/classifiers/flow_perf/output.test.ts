/** What flow-perf printed in real runs: test/fixtures/flow_perf/README.md. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { countsOf } from "../../../../src/agent/classifiers/flow_perf/flow_perf.js";
import { parseFlowPerf, type FlowPerfOutput } from "../../../../src/agent/classifiers/flow_perf/output.js";
import { resultSchemas } from "../../../../src/agent/result_schemas.js";
import { totalCount } from "../../../../src/statistics/hdr.js";

const FIXTURES = join(import.meta.dirname, "../../../fixtures/flow_perf");

function outputOf(name: string, ended = "exited with code 0"): FlowPerfOutput {
  const read = (stream: string): string => readFileSync(join(FIXTURES, `${name}.${stream}`), "utf8");
  return { stdout: read("stdout"), stderr: read("stderr"), ended };
}

function errorOf(output: FlowPerfOutput, rules = 1000): unknown {
  try {
    return parseFlowPerf(output, rules);
  } catch (error) {
    return error;
  }
}

describe("the output of flow-perf", () => {
  it("has rates of insertion and deletion, in seconds of the wall clock, and the time of the first rule", () => {
    const { insertion, deletion, firstRuleSeconds, bytesPerRule } = parseFlowPerf(outputOf("tap-ipv4"), 1000);
    expect(insertion).toMatchObject({ rules: 1000, seconds: 0.471435 });
    expect(insertion.windows[0]).toEqual({ rules: 100, seconds: 0.051417 });
    expect(insertion.windows).toHaveLength(10);
    expect(deletion).toMatchObject({ rules: 1000, seconds: 0.078074 });
    expect(deletion.windows.at(-1)).toEqual({ rules: 100, seconds: 0.006431 });
    expect(firstRuleSeconds).toBeCloseTo(0.008415666, 9);
    expect(bytesPerRule).toBe(776);
  });

  it.each([
    ["tap-ipv6-udp-drop", 500, 100],
    ["tap-one-rule", 1, 1],
  ])("is understood with other rules and windows: %s", (name, rules, windows) => {
    const { insertion, deletion } = parseFlowPerf(outputOf(name), rules);
    for (const phase of [insertion, deletion]) {
      expect(phase.rules).toBe(rules);
      expect(phase.windows).toHaveLength(windows);
    }
  });

  it("becomes what a trial counts: the windows are the samples of the latency", () => {
    const result = parseFlowPerf(outputOf("tap-ipv4"), 1000);
    const point = { match: "eth/ipv4", actions: "queue", tables: 0, rules: 0, operations: 1000, batch: 1, threads: 1 };
    const inserted = countsOf({ ...point, operation: "insert" }, result);
    expect(inserted).toMatchObject({ operations: 1000, installed: 1000, bytes: 776_000, wrong: 0, refused: 0 });
    // As it says itself: 2.121184 K Rule/Sec.
    expect(inserted.operationsPerSecond / 2121.184).toBeCloseTo(1, 5);
    expect(inserted.firstSeconds).toBeCloseTo(0.0084, 4);
    expect(totalCount(inserted.latency)).toBe(10);
    expect(inserted.latency).toMatchObject({ min: 210_370, max: 1_640_510 });
    const deleted = countsOf({ ...point, rules: 1000, operation: "delete" }, result);
    expect(deleted.operationsPerSecond / 12_808.357).toBeCloseTo(1, 5);
    expect(deleted).not.toHaveProperty("firstSeconds");
    const environment = { stealSeconds: 0 };
    expect(resultSchemas["rules.rate"].parse({ ...inserted, environment })).toMatchObject({
      firstSeconds: 0.008415666,
    });
  });

  it("takes as long as the slowest of several cores", () => {
    const { insertion, deletion } = parseFlowPerf(outputOf("tap-two-cores"), 1000, 2);
    // As it says itself of all cores: [Latency | Insertion], [Latency | Deletion].
    expect(insertion).toMatchObject({ rules: 1000, seconds: 6.197549 });
    expect(insertion.windows).toEqual([
      { rules: 500, seconds: 5.240628 },
      { rules: 500, seconds: 6.197549 },
    ]);
    expect(deletion).toMatchObject({ rules: 1000, seconds: 0.082624 });
    expect(() => parseFlowPerf(outputOf("tap-two-cores"), 1000, 3)).toThrow("did not print all of its rates");
    expect(() => parseFlowPerf(outputOf("tap-two-cores"), 1001, 2)).toThrow("did not insert and delete all of 1001");
  });

  it("leaves out the memory of a driver that does not use DPDK's heap", () => {
    const result = { ...parseFlowPerf(outputOf("tap-ipv4"), 1000), bytesPerRule: 0 };
    const point = { match: "eth/ipv4", actions: "queue", tables: 0, rules: 0, operations: 1000, batch: 1, threads: 1 };
    expect(countsOf({ ...point, operation: "insert" }, result)).not.toHaveProperty("bytes");
  });
});

describe("a run of flow-perf that failed", () => {
  it.each([
    ["refused-action", "for an action: action not supported"],
    ["refused-item", "for an item: item not supported"],
    ["no-rte-flow", "Function not implemented"],
    ["crash", "Function not implemented (net_failsafe: All-multicast mode disable failed for subdevice 1"],
  ])("says why the driver refused a rule: %s", (name, words) => {
    expect(errorOf(outputOf(name, "exited with code 1"))).toMatchObject({
      code: "FLOW_PERF_REFUSED",
      message: expect.stringContaining(words) as string,
    });
  });

  it.each([
    ["no-port", "exited with code 1", "no port detected"],
    ["no-memory", "exited with code 1", "can't init mbuf pool"],
    ["killed", "was killed by SIGKILL", "it was killed by SIGKILL; it said: :: First Flow Latency"],
  ])("says how it ended and what it said last: %s", (name, ended, words) => {
    expect(errorOf(outputOf(name, ended), 60_000)).toMatchObject({
      code: "FLOW_PERF_FAILED",
      message: expect.stringContaining(words) as string,
      hint: expect.stringContaining("port of DPDK") as string,
    });
  });

  it("is not believed after a signal, though it prints rates and exits with 0", () => {
    const output = outputOf("interrupted");
    expect(output.stdout).toContain("Rules insertion rate -> ");
    expect(errorOf(output, 60_000)).toMatchObject({
      code: "FLOW_PERF_FAILED",
      message: expect.stringContaining("was interrupted") as string,
    });
    const silent = { ...output, stdout: output.stdout.replace(/.*sudden signal.*/, "") };
    expect(errorOf(silent, 60_000)).toMatchObject({
      message: expect.stringContaining("did not insert and delete all of 60000 rules") as string,
    });
  });

  it("is one whose output was cut anywhere", () => {
    const { stdout, ...rest } = outputOf("tap-ipv4");
    const end = stdout.indexOf(":: Port 0 :: rte_flow size");
    for (let at = 0; at <= end; at += 97)
      expect(errorOf({ ...rest, stdout: stdout.slice(0, at) }), String(at)).toMatchObject({ code: "FLOW_PERF_FAILED" });
  });

  it("is one that had other rules than it was asked for", () => {
    expect(errorOf(outputOf("tap-ipv4"), 999)).toMatchObject({ code: "FLOW_PERF_FAILED" });
  });
});
