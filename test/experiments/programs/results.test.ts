import { describe, expect, it } from "vitest";
import { findValues, resultOf } from "../../../src/experiments/programs/results.js";
import type { ResultSpec, ResultSource } from "../../../src/testbed/program.js";
import type { Unit } from "../../../src/units.js";

const output = (stdout: string, stderr = "") => ({ stdout, stderr, killed: false, cut: false });
const spec = (source: ResultSource, more: Partial<Pick<ResultSpec, "unit" | "take">> = {}): ResultSpec => ({
  take: "last",
  ...source,
  ...more,
});
const value = (source: ResultSpec, text: string, unit: Unit = "count"): number =>
  resultOf("x", source, output(text), unit);

/** Two reports of testpmd, as --stats-period prints them. */
const TESTPMD = [1000, 3000]
  .map((rate) =>
    [0, 1]
      .map(
        (port) =>
          `  ##### NIC statistics for port ${port}  #####\n  RX-packets: 7   RX-missed: 0\n  Rx-pps:     ${rate + port}   Rx-bps: 0\n`,
      )
      .join("\n"),
  )
  .join("Port statistics ====\n");

describe("a result by pattern", () => {
  const port1 = { pattern: "statistics for port 1[^]*?Rx-pps:\\s+(?<value>\\d+)" };

  it("is found in every report, and the last counts unless told otherwise", () => {
    expect(value(spec(port1), TESTPMD)).toBe(3001);
    const takes = (["first", "last", "mean", "median", "sum", "min", "max"] as const).map((take) =>
      value(spec(port1, { take }), TESTPMD),
    );
    expect(takes).toEqual([1001, 3001, 2001, 2001, 4002, 1001, 3001]);
  });

  it("is converted from the unit that is printed, or said", () => {
    const iperf = { pattern: "(?<value>[\\d.]+) (?<unit>\\S+/sec) +receiver" };
    expect(value(spec(iperf), "0.0-2.0 sec 2.46 GBytes 10.5 Gbits/sec     receiver", "bit/s")).toBe(10.5e9);
    expect(value(spec(iperf), "812 Kbits/sec  receiver", "bit/s")).toBe(812e3);
    expect(value(spec({ pattern: "rate (?<value>\\d+)" }, { unit: "kpps" }), "rate 12", "frames/s")).toBe(12_000);
  });

  it("is looked for on stderr as well", () => {
    expect(findValues(spec({ pattern: "n=(?<value>\\d+)" }), { stdout: "n=1", stderr: "n=2" })).toHaveLength(2);
  });

  it("is missing where nothing matches, or no number", () => {
    expect(() => value(spec({ pattern: "n=(?<value>\\d+)" }), "n=")).toThrow("did not print result 'x'");
    expect(() => value(spec({ pattern: "n=(?<value>\\w+)" }), "n=many")).toThrow("did not print result 'x'");
    const killed = { ...output("n="), killed: true, cut: true };
    expect(() => resultOf("x", spec({ json: "n" }), killed, "count")).toThrow("It was killed");
  });
});

describe("a result of NPF's protocol", () => {
  it("is that of its name", () => {
    const text = "starting\nRESULT-THROUGHPUT 9.4 Gbps\nRESULT-LATENCY 12us\nRESULT 3\nRESULT-THROUGHPUT-MAX 11 Gbps\n";
    expect(value(spec({ npf: "THROUGHPUT" }), text, "bit/s")).toBe(9.4e9);
    expect(value(spec({ npf: "latency" }), text, "ns")).toBe(12_000);
    expect(value(spec({ npf: "" }), text)).toBe(3);
    expect(value(spec({ npf: "THROUGHPUT-MAX" }), text, "bit/s")).toBe(11e9);
    expect(() => value(spec({ npf: "THROUGH" }), text)).toThrow("a line RESULT-THROUGH");
  });

  it("may have an exponent, no unit, or a time before it", () => {
    expect(value(spec({ npf: "A.B" }), "RESULT-AxB 1\nTIME-5-RESULT-A.B\t1.5e+3\n")).toBe(1500);
    expect(value(spec({ npf: "P" }, { unit: "Mpps" }), "RESULT-P 2", "frames/s")).toBe(2e6);
    expect(value(spec({ npf: "T" }), "RESULT-T 3 sec", "s")).toBe(3);
    expect(value(spec({ npf: "T" }), "RESULT-T 3 msec", "s")).toBe(0.003);
  });
});

describe("a result in JSON", () => {
  const json = JSON.stringify({ end: { sum: { bits_per_second: 5e9 }, streams: [{ rtt: 1 }, { rtt: 2 }] } }, null, 2);

  it("is where its path leads, in all of the output or its last line", () => {
    expect(value(spec({ json: "end.sum.bits_per_second" }, { unit: "bps" }), json, "bit/s")).toBe(5e9);
    expect(value(spec({ json: "end.streams.1.rtt" }), json)).toBe(2);
    expect(value(spec({ json: "n" }), 'connected\n{"n": 0}\n')).toBe(0);
  });

  it.each([
    ["no JSON", "n: 1", "n"],
    ["no number", '{ "n": "1" }', "n"],
    ["nothing there", "{}", "n.m"],
    ["what every object has", "{}", "constructor.length"],
  ])("is missing where there is %s", (_, text, path) => {
    expect(() => value(spec({ json: path }), text)).toThrow("did not print result 'x'");
  });
});

describe("a unit", () => {
  it("of another quantity is refused", () => {
    expect(() => value(spec({ npf: "T" }), "RESULT-T 3 Gbps", "s")).toThrow(
      "is in 'Gbps', which is no unit of its metric",
    );
    expect(() => value(spec({ npf: "T" }), "RESULT-T 3 constructor", "s")).toThrow("no unit of its metric");
  });
});
