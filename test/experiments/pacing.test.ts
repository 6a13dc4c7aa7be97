import { describe, expect, it } from "vitest";
import { outcomeOf } from "../../src/experiments/conntrack.js";
import { trafficConfig } from "../../src/experiments/traffic/config.js";
import { forwarding } from "../../src/experiments/forwarding.js";
import { forwardingParameters } from "../../src/experiments/forwarding/parameters.js";
import { forwardingMetrics } from "../../src/experiments/forwarding/metrics.js";
import { parse, problems, result } from "./conntrack_sample.js";
import type { PacingErrors } from "../../src/agent/protocol.js";

/** 99 of 100 frames left in time, one `late` ns after. */
function errors(late: number, offered = 0): PacingErrors {
  const send = {
    unit: "ns",
    buckets: [
      [50, 98],
      [late, 2],
    ],
    min: 50,
    max: late,
  } as const;
  return { offered, send, departure: { unit: "ns", buckets: [[10, 100]], min: 10, max: 10 } };
}

describe("traffic.pacing", () => {
  const traffic = (pacing: unknown, rate: unknown = "1Mpps") => ({ table: "cuckoo", traffic: { rate, pacing } });

  it.each([["poisson"], [{ burst: 32 }]])("%j becomes what the data path takes", (pacing) => {
    expect(trafficConfig(parse(traffic(pacing)), 1e6, 1)).toMatchObject({ rate: 1e6, pacing });
  });

  it("is even unless it is given", () => {
    expect(trafficConfig(parse(traffic(undefined)), 1e6, 1)).not.toHaveProperty("pacing");
    expect(trafficConfig(parse(traffic("constant")), 1e6, 1)).not.toHaveProperty("pacing");
  });

  it("goes with captures and with a search", () => {
    const replay = parse({ table: "cuckoo", traffic: { pcap: "/a.pcap", rate: "1Mpps", pacing: "poisson" } });
    expect(trafficConfig(replay, 1e6, 1)).toMatchObject({ pcap: "/a.pcap", pacing: "poisson" });
    expect(forwardingParameters.safeParse({ traffic: { rate: "search", pacing: { burst: 8 } } }).success).toBe(true);
  });

  it("is refused where it has no effect, and as a burst of one frame", () => {
    expect(problems(traffic("poisson", "max"))).toEqual([
      "traffic.pacing: has no effect with rate: max; remove it or set a rate",
    ]);
    expect(problems(traffic({ burst: 1 }))).toHaveLength(1);
    expect(problems(traffic("gauss"))).toHaveLength(1);
  });
});

describe("the accuracy of a paced generator", () => {
  it("is reported, of rates only", () => {
    const { metrics } = outcomeOf(result({ intendedRate: 600, pacingErrors: errors(5000, 0.0005) }));
    expect(metrics).toMatchObject({
      offered_error: 0.0005,
      pacing_error_p50: 50,
      pacing_error_p99: 5000,
      pacing_error_max: 5000,
      departure_error_p99: 10,
    });
    expect(Object.keys(outcomeOf(result()).metrics).filter((name) => name.includes("error"))).toEqual([]);
  });

  it("is declared by forwarding as well", () => {
    const names = forwardingMetrics.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["offered_error", "pacing_error_p99", "departure_error_p99"]));
    expect(names).toEqual(expect.arrayContaining(["reordered_ratio", "duplicated"]));
  });

  it("passes up to its bounds", () => {
    expect(outcomeOf(result({ pacingErrors: errors(100_000, 0.001) })).status).toBe("ok");
  });

  it.each([
    ["1 % of the frames left the generator 2 ms late or more; 100 us is the most that passes.", errors(2_000_000)],
    ["The offered load was off the intended one by 1%; 0.1% is the most that passes.", errors(50, 0.01)],
  ])("makes the trial suspect beyond: %s", (reason, pacingErrors) => {
    const outcome = outcomeOf(result({ pacingErrors, generatorLimited: true }));
    expect(outcome).toMatchObject({ status: "suspect", flags: ["generator-limited"], reason });
  });

  it("is not held against a generator that had lost its CPU", () => {
    const { flags } = outcomeOf(result({ pacingErrors: errors(2_000_000), generatorCpuShare: 0.5 }));
    expect(flags).toEqual(["lost-cpu"]);
  });
});

describe("the offered load", () => {
  it("is what was sent while frames were sent, without the drain", () => {
    expect(outcomeOf(result({ sendingSeconds: 1 })).metrics).toMatchObject({
      offered_rate: 1100,
      forwarding_rate: 500,
    });
  });
});

describe("the order of probes", () => {
  it("is a share of those that came, and copies are counted apart", () => {
    const { metrics } = outcomeOf(result({ probesReordered: 2, probesDuplicated: 3 }));
    expect(metrics).toMatchObject({ reordered_ratio: 0.2, duplicated: 3 });
  });
});

describe("the wire whose calibration bounds a trial", () => {
  const role = (io: string) => ({ host: "here", io, cpus: [] });
  const wireOf = (point: unknown, io: string) =>
    forwarding.generatorWire?.(forwardingParameters.parse(point), { generator: role(io), dut: role(io) });

  it("is that at the generator's end", () => {
    expect(wireOf({}, "ring")).toBe("ring");
    expect(wireOf({ wire: "socket", tester_wire: "af_packet" }, "ring")).toBe("af_packet");
  });

  it("is none where a testbed has ports", () => {
    expect(wireOf({}, "af_xdp")).toBeUndefined();
  });
});
