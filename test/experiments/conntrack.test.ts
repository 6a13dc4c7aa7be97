import { describe, expect, it } from "vitest";
import { conntrack, outcomeOf } from "../../src/experiments/conntrack.js";
import { trafficConfig } from "../../src/experiments/traffic/config.js";
import { capacityFor } from "../../src/experiments/conntrack/memory.js";
import type { ConntrackParameters } from "../../src/experiments/conntrack/parameters.js";
import { TRACKER } from "../agent/tracker.js";
import { FACTS } from "../results/sample.js";
import { NATIVE, parse, problems, result } from "./conntrack_sample.js";
import type { AgentHandle } from "../../src/experiments/experiment.js";
import type { ConntrackTrialResult } from "../../src/agent/protocol.js";

describe("the parameters of conntrack", () => {
  it("have defaults for all but the table", () => {
    expect(parse({ table: "cuckoo" })).toMatchObject({
      backends: 16,
      probe_every: 64,
      ring: 1024,
      traffic: { profile: "campus", flows: 65536, rate: "max" },
    });
  });

  it("take quantities with units", () => {
    const traffic = { profile: "zipf", flows: "1M", frame_size: "128B", rate: "5Mpps", skew: 1.2 };
    expect(parse({ table: "cuckoo", capacity: "4Mi", traffic })).toMatchObject({
      capacity: 4 * 2 ** 20,
      traffic: { profile: "zipf", flows: 1e6, frame_size: 128, rate: 5e6, skew: 1.2 },
    });
  });

  it("can be parsed again and stay the same, as a resumed run does", () => {
    const inputs = [
      {},
      { flows: "1M" },
      { profile: "zipf" },
      { profile: "uniform", frame_size: 64 },
      { pcap: "/a.pcap" },
    ];
    for (const traffic of inputs) {
      const once = parse({ table: "cuckoo", series_interval: "100ms", traffic });
      expect(parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
    }
  });

  it("refuse a key that has no effect, because its author believes that it has one", () => {
    expect(problems({ table: "cuckoo", traffic: { pcap: "a.pcap", flows: 100 } })).toEqual([
      "traffic.flows: has no effect with a pcap, which brings its own; remove flows or pcap",
    ]);
    expect(problems({ table: "cuckoo", traffic: { profile: "campus", frame_size: "64B" } })[0]).toContain(
      "has its own sizes",
    );
    expect(problems({ table: "cuckoo", traffic: { profile: "uniform", skew: 1 } })[0]).toContain("use profile: zipf");
  });

  it("search for a rate where the traffic asks for it, and only there", () => {
    const searched = { table: "cuckoo", search: { method: "rfc2544" }, traffic: { rate: "search" } };
    expect(problems(searched)).toEqual([]);
    expect(parse(JSON.parse(JSON.stringify(parse(searched))))).toEqual(parse(searched));
    expect(problems({ ...searched, traffic: {} })[0]).toContain("has no effect unless traffic.rate: search");
  });

  it("refuse unknown keys, impossible sizes and counts", () => {
    expect(problems({ table: "cuckoo", backend: 3 })[0]).toContain("backend");
    expect(problems({ table: "cuckoo", traffic: { profile: "uniform", frame_size: "63B" } })[0]).toContain("too small");
    expect(problems({ table: "cuckoo", traffic: { flows: 0 } })[0]).toContain("too small");
    expect(problems({ table: "cuckoo", traffic: { rate: "40Gbps" } })).toHaveLength(1);
  });

  it("become what the data path takes", () => {
    const point = parse({ table: "cuckoo", traffic: { profile: "zipf", flows: 10 } });
    expect(trafficConfig(point, "max", 7)).toEqual({
      profile: "zipf",
      flows: 10,
      frameSize: 64,
      skew: 1,
      rate: "max",
      seed: 7,
    });
    const replay = parse({ table: "cuckoo", traffic: { pcap: "/a.pcap", rate: "search" } });
    expect(trafficConfig(replay, 1e6, 7)).toEqual({ pcap: "/a.pcap", rate: 1e6, seed: 7 });
  });
});

describe("a point that cannot run", () => {
  const hosts = { native: NATIVE, facts: { ...FACTS, memoryBytes: 8 * 2 ** 30 }, roles: {} };

  it("for its table says which tables there are and which was meant", () => {
    const reason = conntrack.cannotRun(parse({ table: "cukoo" }), hosts);
    expect(reason).toBe("This host's addon has no table 'cukoo'; did you mean 'cuckoo'? It has cuckoo, chaining-stl.");
    expect(conntrack.cannotRun(parse({ table: "cuckoo" }), hosts)).toBeUndefined();
  });

  it("for its memory says how much it needs and how much there is", () => {
    const reason = conntrack.cannotRun(parse({ table: "cuckoo", traffic: { flows: "10G" } }), hosts);
    expect(reason).toMatch(/^10G flows in a table for .* need about .* TiB, and this host has 8 GiB/);
    expect(conntrack.cannotRun(parse({ table: "cuckoo", traffic: { flows: "4M" } }), hosts)).toBeUndefined();
    expect(conntrack.cannotRun(parse({ table: "cuckoo", capacity: "1G", traffic: { flows: 10 } }), hosts)).toContain(
      "1G",
    );
  });
});

describe("the outcome of a trial", () => {
  it("has the metrics in base units", () => {
    const { status, metrics, frames, notes } = outcomeOf(result());
    expect(status).toBe("ok");
    expect(metrics).toEqual({
      forwarding_rate: 500,
      link_rate: (1000 * (64 + 20) * 8) / 2,
      offered_rate: 550,
      loss_ratio: 100 / 1100,
      latency_p50: 1000,
      latency_p95: 4000,
      latency_p99: 4000,
      latency_p999: 4100,
      latency_max: 4100,
      cycles_per_frame: 200,
      live_flows: 50,
      new_flow_rate: 25,
      bytes_per_entry: 100,
    });
    expect(frames).toEqual(result().frames);
    expect(notes).toMatchObject({ trafficDigest: "00ff" });
  });

  it("has an intended rate only if one was asked for", () => {
    expect(outcomeOf(result({ intendedRate: 600 })).metrics["intended_rate"]).toBe(600);
  });

  it("has only metrics that the experiment declares", () => {
    const declared = conntrack.metrics.map(({ name }) => name);
    expect(declared).toEqual(expect.arrayContaining(Object.keys(outcomeOf(result({ intendedRate: 1 })).metrics)));
    expect(declared).toContain(conntrack.primaryMetric);
  });

  const suspects: readonly (readonly [string, Partial<ConntrackTrialResult>])[] = [
    ["frames-not-conserved", { frames: { sent: 1100, received: 1000, drops: [] }, probesSent: 10 }],
    ["generator-limited", { generatorLimited: true }],
    ["lost-probes", { probesSent: 500, probesReceived: 300 }],
    ["no-latency", { probesSent: 5, probesReceived: 0, latency: { unit: "ns", buckets: [], min: 0, max: 0 } }],
    ["untimed-probes", { timestamps: { clock: "software", errorNs: 30, untimedProbes: 300 } }],
    ["lost-cpu", { dutCpuShare: 0.7 }],
    ["lost-cpu", { dutCpuShare: 0.7, generatorCpuShare: 0.5 }],
  ];
  it.each(suspects)("is suspect with flag %s, and keeps its numbers", (flag, changes) => {
    const outcome = outcomeOf(result(changes));
    expect(outcome).toMatchObject({ status: "suspect", flags: [flag] });
    expect(outcome.reason).toMatch(/\.$/);
    expect(outcome.metrics["forwarding_rate"]).toBe(500);
  });

  it("is failed if no frame was sent or came back: silence is no loss-free DUT", () => {
    const silent = outcomeOf(result({ frames: { sent: 0, received: 0, drops: [] } }));
    expect(silent).toMatchObject({ status: "failed", metrics: {}, reason: expect.stringContaining("NO_FRAMES") });
    const frames = { sent: 10, received: 0, drops: [{ place: "dut", cause: "table full", frames: 10 }] };
    expect(outcomeOf(result({ frames })).status).toBe("failed");
  });

  it("is failed if frames came back wrong: a DUT that does not work has no speed", () => {
    expect(outcomeOf(result({ badFrames: 3 }))).toMatchObject({ status: "failed", flags: ["bad-frames"], metrics: {} });
  });
});

describe("a trial", () => {
  function agentOf(calls: unknown[][]): AgentHandle {
    const answers: Record<string, unknown> = { "conntrack.run": result(), "pcap.inspect": { flows: 300 } };
    const call = (...request: unknown[]) => {
      calls.push(request);
      return Promise.resolve(answers[String(request[0])]);
    };
    return { native: NATIVE, facts: FACTS, call: call as AgentHandle["call"] };
  }

  function context(point: ConntrackParameters, agent: AgentHandle) {
    return {
      point,
      seed: 7,
      warmupSeconds: 0.5,
      durationSeconds: 2,
      graceSeconds: 30,
      roles: { generator: { host: "here", io: "ring", cpus: [2, 3] }, dut: { host: "here", io: "ring", cpus: [] } },
      agent: () => agent,
    };
  }

  it("hands the point to the agent, with time to set up", async () => {
    const calls: unknown[][] = [];
    await conntrack.runTrial(context(parse({ table: "cuckoo", traffic: { flows: 1000 } }), agentOf(calls)));
    expect(calls).toEqual([
      [
        "conntrack.run",
        {
          table: "cuckoo",
          sharing: "sharded",
          capacity: 2048,
          tracker: { ...TRACKER, backends: 16 },
          traffic: { profile: "campus", flows: 1000, rate: "max", seed: 7 },
          warmupSeconds: 0.5,
          durationSeconds: 2,
          probeEvery: 64,
          ringSize: 1024,
          generatorCpu: 2,
          dutCpus: [-1],
          symmetricRss: true,
          retaEntries: 512,
          seriesIntervalSeconds: 0,
        },
        32.5,
      ],
    ]);
  });

  it("counts a capture's flows once to choose the table's capacity", async () => {
    const calls: unknown[][] = [];
    const agent = agentOf(calls);
    const point = parse({ table: "cuckoo", traffic: { pcap: "/a.pcap" } });
    await conntrack.runTrial(context(point, agent));
    await conntrack.runTrial(context(point, agent));
    expect(calls.map(([method]) => method)).toEqual(["pcap.inspect", "conntrack.run", "conntrack.run"]);
    expect(calls[1]?.[1]).toMatchObject({ capacity: 512 });
  });

  it("has a capacity with room for all flows at 80 % load", () => {
    expect([1, 2, 52, 53, 65536, 1e6].map(capacityFor)).toEqual([2, 4, 128, 128, 131072, 2 ** 21]);
    expect(capacityFor(51)).toBe(64);
  });
});
