/** The experiment `gateway`: what suites may ask for, what is measured, and which trials do not count. */
import { describe, expect, it } from "vitest";
import { gateway, outcomeOf, trialConfig } from "../../src/experiments/gateway.js";
import { config, parse, problems, result, wire } from "./gateway_sample.js";
import { NATIVE } from "./conntrack_sample.js";
import type { GatewayParameters } from "../../src/experiments/gateway/parameters.js";
import type { HostFacts } from "../../src/results/model.js";

function configOf(point: GatewayParameters) {
  const context = {
    point,
    seed: 5,
    warmupSeconds: 0,
    durationSeconds: 1,
    graceSeconds: 10,
    roles: { generator: { host: "here", io: "ring", cpus: [2] }, dut: { host: "here", io: "ring", cpus: [3] } },
    agent: () => {
      throw new Error("no agent in this test");
    },
  };
  return trialConfig(context, "max");
}

describe("parameters", () => {
  it("establish a million connections through a nat, alone, unless a suite says otherwise", () => {
    const { test, use, traffic } = parse({});
    expect({ test, use, traffic }).toEqual({
      test: "establishment",
      use: "nat",
      traffic: { connections: 1_000_000, frame_size: 64, rate: "max" },
    });
    expect(configOf(parse({})).overWire).toBe(false);
    expect(configOf(parse({ test: "established" })).overWire).toBe(true);
  });

  it("refuse what would have no effect or cannot be measured, and say why", () => {
    expect(problems({ test: "capacity", wire: "ring" })).toEqual([
      "wire: none is the only one for test: capacity; remove it",
    ]);
    expect(problems({ test: "established", wire: "none" })[0]).toContain("over a wire");
    expect(problems({ traffic: { rate: "1Mpps" } })[0]).toContain("no effect without a wire");
    expect(problems({ wire: "ring" })[0]).toContain("traffic.rate: must be a rate");
    expect(problems({ wire: "ring", traffic: { rate: "search" } })[0]).toContain("traffic.rate: must be a rate");
    expect(problems({ test: "established", search: {} })[0]).toContain("no effect unless traffic.rate: search");
    expect(problems({ test: "established", search: {}, traffic: { rate: "search" } })).toEqual([]);
    expect(problems({ use: "track", nat_addresses: 4 })[0]).toContain("no effect without use: nat");
    expect(problems({ wire: "ring", traffic: { rate: "1Mpps" } })).toEqual([]);
  });

  it("give nat more ports than connections, and capacity more connections than room", () => {
    expect(configOf(parse({ traffic: { connections: 64_512 } })).tracker.natAddresses).toBe(2);
    const full = configOf(parse({ test: "capacity", capacity: 5000 }));
    expect(full.capacity).toBe(5000);
    expect(full.traffic.connections).toBe(10_000);
  });

  it("make a table for all connections, and are pinned where the roles are", () => {
    const { capacity, generatorCpu, dutCpu } = configOf(parse({ traffic: { connections: 300 } }));
    expect({ capacity, generatorCpu, dutCpu }).toEqual({ capacity: 300, generatorCpu: 2, dutCpu: 3 });
  });

  it("skip points that do not fit into memory", () => {
    const hosts = { native: NATIVE, facts: { memoryBytes: 1e9 } as HostFacts, roles: {} };
    expect(gateway.cannotRun(parse({}), hosts)).toBeUndefined();
    expect(gateway.cannotRun(parse({ traffic: { connections: "100M" } }), hosts)).toContain("100M connections need");
  });
});

describe("metrics", () => {
  it("are the RFC's, of connections that were found again", () => {
    const { status, metrics } = outcomeOf(config(), result());
    expect(status).toBe("ok");
    expect(metrics).toMatchObject({ establishment_rate: 4000, tear_down_rate: 8000, failed_ratio: 0 });
    expect(metrics).toMatchObject({ bytes_per_entry: 32, bytes_per_flow: 100 });
  });

  it("count a connection as established only if its answer came back", () => {
    const open = config({ overWire: true, traffic: { connections: 1000, frameSize: 64, rate: 1000, seed: 1 } });
    const lossy = result({
      offered: 1000,
      established: 950,
      answered: 900,
      openSeconds: 1,
      tornDown: 0,
      tearDownSeconds: 0,
      wire: wire(),
    });
    const { status, metrics } = outcomeOf(open, lossy);
    expect(status).toBe("ok");
    expect(metrics).toMatchObject({ establishment_rate: 900, failed_ratio: 0.1, intended_rate: 1000 });
    expect(metrics["tear_down_rate"]).toBeUndefined();
  });

  it("are the capacity alone where that was asked for", () => {
    const { metrics } = outcomeOf(
      config({ test: "capacity" }),
      result({ offered: 951, established: 950, answered: 950, liveFlows: 950, frameCauses: { "table full": 1 } }),
    );
    expect(metrics).toMatchObject({ table_capacity: 950, capacity_ratio: 0.95 });
    expect(metrics["establishment_rate"]).toBeUndefined();
  });

  it("have no throughput if a frame was lost", () => {
    const established = config({ test: "established", overWire: true });
    expect(outcomeOf(established, result({ wire: wire() })).metrics["throughput_established"]).toBe(1000);
    const frames = { sent: 1001, received: 1000, drops: [{ place: "wire to tester", cause: "ring full", frames: 1 }] };
    const { metrics } = outcomeOf(established, result({ wire: wire({ frames }) }));
    expect(metrics["throughput_established"]).toBeUndefined();
    expect(metrics["forwarding_rate"]).toBe(1000);
  });
});

describe("a trial fails", () => {
  const alone = config();
  it.each([
    ["a frame came out wrong", alone, { wrong: 1 }, "wrong-answers"],
    ["a connection was forgotten", alone, { answered: 1999 }, "forgotten"],
    [
      "a connection was refused",
      alone,
      { established: 1990, answered: 1990, frameCauses: { "table full": 10 } },
      "not-established",
    ],
    ["a flow outlived the tear-down", alone, { leftOver: 1 }, "left-over"],
    ["a table never got full", config({ test: "capacity" }), {}, "not-full"],
    [
      "known connections were opened again",
      config({ test: "established", overWire: true }),
      { wire: wire({ createdLate: 3 }) },
      "forgotten",
    ],
  ] as const)("if %s", (_, trial, changes, flag) => {
    const { status, flags, reason, metrics } = outcomeOf(trial, result(changes));
    expect({ status, flags }).toEqual({ status: "failed", flags: [flag] });
    expect(reason).toMatch(/^[A-Z0-9].*\.$/);
    expect(metrics).toEqual({});
  });
});

describe("a trial is suspect", () => {
  it("if a thread was kept from its CPU, or the generator could not keep up", () => {
    expect(outcomeOf(config(), result({ dutCpuShare: 0.5 })).flags).toEqual(["lost-cpu"]);
    const established = config({ test: "established", overWire: true });
    expect(outcomeOf(established, result({ wire: wire({ generatorLimited: true }) })).flags).toEqual([
      "generator-limited",
    ]);
  });

  it("if frames were not conserved", () => {
    const frames = { sent: 10, received: 9, drops: [] };
    const established = config({ test: "established", overWire: true });
    expect(outcomeOf(established, result({ wire: wire({ frames }) })).flags).toEqual(["frames-not-conserved"]);
  });
});
