import { describe, expect, it } from "vitest";
import { forwarding } from "../../src/experiments/forwarding.js";
import { forwardingParameters } from "../../src/experiments/forwarding/parameters.js";
import { outcomeOf, trialConfig } from "../../src/experiments/forwarding/trial.js";
import { FACTS } from "../results/sample.js";
import { NATIVE } from "./conntrack_sample.js";
import { result } from "./forwarding_sample.js";
import type { NativeInfo } from "../../src/agent/protocol.js";
import type { RolePlacement } from "../../src/testbed/model.js";

const parse = (input: unknown) => forwardingParameters.parse(input);

function problems(input: unknown): readonly string[] {
  const { error } = forwardingParameters.safeParse(input);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("the parameters of forwarding", () => {
  it("have defaults for all, and the least frames there are", () => {
    expect(parse({})).toMatchObject({
      burst: 32,
      ring: 1024,
      window: 256,
      traffic: { profile: "uniform", flows: 1024, frame_size: 64, rate: "max" },
    });
  });

  it("can be parsed again and stay the same, as a resumed run does", () => {
    for (const input of [
      {},
      { wire: "af_xdp", tester_wire: "af_packet", burst: 1, window: 64, ring: "1Ki" },
      { search: { width: "2%" }, traffic: { rate: "search" } },
    ]) {
      const once = parse(input);
      expect(parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
    }
  });

  it("refuse what has no effect or cannot be", () => {
    expect(problems({ wire: "ring", tester_wire: "socket" })[0]).toContain("has no effect on wire: ring");
    expect(problems({ wire: "ring", mishap: "link-down" })[0]).toContain("needs an interface");
    expect(problems({ wire: "socket", tester_wire: "ring" })[0]).toContain("must be a wire of the kernel");
    expect(problems({ wire: "socket", ring: 128, window: 256 })[0]).toContain("at most ring (128)");
    expect(problems({ burst: 33 })[0]).toContain("burst");
    expect(problems({ search: {} })[0]).toContain("has no effect unless traffic.rate: search");
    const searched = (search: unknown) => problems({ search, traffic: { rate: "search", profile: "uniform" } })[0];
    expect(searched({ method: "rfc2544", attempts: 3 })).toContain("has no effect with method: rfc2544");
    expect(searched({ method: "tst009", exceed_ratio: 0.5 })).toContain("use method: mlrsearch");
    expect(searched({ min_rate: "2Mpps", max_rate: "1Mpps" })).toContain("must be above min_rate");
    const large = { profile: "uniform", frame_size: "2000B" };
    expect(problems({ traffic: large })).toEqual([]);
    expect(problems({ wire: "socket", traffic: large })[0]).toContain("which carry 1796B");
  });

  it("become what the data path takes", () => {
    const point = parse({ wire: "socket", tester_wire: "af_packet", burst: 1, traffic: { rate: "1Mpps" } });
    const roles = { generator: { host: "here", io: "ring", cpus: [3] }, dut: { host: "here", io: "ring", cpus: [2] } };
    expect(trialConfig({ point, seed: 7, warmupSeconds: 0.1, durationSeconds: 1, roles }, 1e6)).toMatchObject({
      wire: "socket",
      testerWire: "af_packet",
      burst: 1,
      ringSize: 1024,
      window: 256,
      generatorCpu: 3,
      dutCpus: [2],
      traffic: { rate: 1e6, seed: 7 },
    });
  });

  it("give each of the DUT's cores a queue, and a CPU where there are enough", () => {
    const dut = { host: "here", io: "ring", cpus: [2], spare: [4] };
    const cpus = (point: unknown, roles: Record<string, RolePlacement>) =>
      trialConfig({ point: parse(point), seed: 1, warmupSeconds: 0, durationSeconds: 1, roles }, "max").dutCpus;
    expect(cpus({}, { dut })).toEqual([2]);
    expect(cpus({ cores: 2 }, { dut })).toEqual([2, 4]);
    expect(cpus({ cores: 3 }, { dut })).toEqual([-1, -1, -1]);
  });

  it("keep the window within a small ring, which bounds it anyhow", () => {
    const point = parse({ ring: 64 });
    expect(trialConfig({ point, seed: 1, warmupSeconds: 0, durationSeconds: 1, roles: {} }, "max").window).toBe(64);
  });
});

describe("a point whose wire cannot be used", () => {
  const wires = [
    { name: "ring", title: "" },
    { name: "af_packet", title: "", lacks: "privilege (CAP_NET_RAW): run as root" },
  ];
  const native = { ...NATIVE, wires } as NativeInfo;
  const why = (point: unknown) => forwarding.cannotRun(parse(point), { native, facts: FACTS, roles: {} });

  it("is skipped with what is missing and how to get it", () => {
    expect(why({ wire: "ring" })).toBeUndefined();
    expect(why({ wire: "af_packet" })).toBe("The wire af_packet lacks privilege (CAP_NET_RAW): run as root");
    expect(why({ wire: "af_paket" })).toContain("did you mean 'af_packet'?");
  });

  it("is skipped where the wire needs devices that nobody named", () => {
    const dpdk = { ...NATIVE, wires: [{ name: "dpdk", title: "", ends: "devices" }] } as NativeInfo;
    const point = parse({ wire: "dpdk" });
    expect(forwarding.cannotRun(point, { native: dpdk, facts: FACTS, roles: {} })).toContain("dpdk-memif");
  });

  it("is skipped for the generator's end as well", () => {
    const all = { ...NATIVE, wires: [...wires, { name: "socket", title: "" }] } as NativeInfo;
    const point = parse({ wire: "socket", tester_wire: "af_packet" });
    expect(forwarding.cannotRun(point, { native: all, facts: FACTS, roles: {} })).toContain("af_packet lacks");
  });

  it("runs where its wire brings both ends, whatever the generator's would lack", () => {
    const memif = { ...NATIVE, wires: [...wires, { name: "dpdk-memif", title: "", ends: "itself" }] } as NativeInfo;
    const point = parse({ wire: "dpdk-memif", tester_wire: "af_packet" });
    expect(forwarding.cannotRun(point, { native: memif, facts: FACTS, roles: {} })).toBeUndefined();
  });

  it("is skipped where the wire has fewer queues than the DUT has cores, or the host fewer of these", () => {
    const xdp = { name: "af_xdp", title: "", queues: 64 };
    const ring = { name: "ring", title: "", queues: 64 };
    const all = { ...NATIVE, wires: [ring, { name: "socket", title: "", queues: 1 }, xdp] } as NativeInfo;
    const dut = { host: "here", io: "ring", cpus: [2], spare: [4] };
    const cannot = (point: unknown) =>
      forwarding.cannotRun(parse(point), { native: all, facts: FACTS, roles: { dut } });
    expect(cannot({ cores: 2 })).toBeUndefined();
    expect(cannot({ wire: "af_xdp", cores: 2 })).toBeUndefined();
    const few = "A port of the wire socket has 1 queue, for as many cores, and the point asks for 2; use ring, af_xdp.";
    expect(cannot({ wire: "socket", cores: 2 })).toBe(few);
    expect(cannot({ wire: "af_xdp", tester_wire: "socket", cores: 2 })).toBe(few);
    expect(cannot({ wire: "af_xdp", cores: 3 })).toContain("asks for 3 cores for the DUT, and 2 are left");
    expect(cannot({ wire: "af_xdp", cores: 3, oversubscribe: true })).toBeUndefined();
  });

  it("is skipped where the generator's wire does not say when a frame came, and the point asks for it", () => {
    const stamping = { name: "af_packet-v2", title: "", queues: 64, timestamps: "software" };
    const all = { ...NATIVE, wires: [{ name: "af_xdp", title: "" }, stamping] } as NativeInfo;
    const cannot = (point: object, roles: Record<string, RolePlacement> = {}) =>
      forwarding.cannotRun(parse({ ...point, timestamps: "software" }), { native: all, facts: FACTS, roles });
    const why =
      "does not say when a frame came, as timestamps: software asks; use af_packet-v2 at the generator's end.";
    expect(cannot({ wire: "af_packet-v2" })).toBeUndefined();
    expect(cannot({ wire: "af_xdp" })).toBe(`The wire af_xdp ${why}`);
    expect(cannot({ wire: "af_xdp", tester_wire: "af_packet-v2" })).toBeUndefined();
    const port = (io: string) => ({ host: io, io, device: "v0", cpus: [] });
    expect(cannot({}, { generator: port("af_packet-v2"), dut: port("af_xdp") })).toBeUndefined();
    expect(cannot({}, { generator: port("af_xdp"), dut: port("af_packet-v2") })).toBe(`The wire af_xdp ${why}`);
  });

  it("is refused where the point asks for a NIC's time stamps", () => {
    expect(() => parse({ wire: "af_packet-v2", timestamps: "hardware" })).toThrow("nicbench does not read yet");
  });

  it("says why the addon is missing, if it is", () => {
    const missing = { available: false, reason: "not built", hint: "build it" } as const;
    expect(forwarding.cannotRun(parse({}), { native: missing, facts: FACTS, roles: {} })).toBe("not built");
  });
});

describe("the outcome of a forwarding trial", () => {
  it("has the rates, the cost and how busy the DUT was", () => {
    const { status, metrics, notes } = outcomeOf(result());
    expect(status).toBe("ok");
    expect(metrics).toMatchObject({
      forwarding_rate: 500,
      offered_rate: 550,
      link_rate: (1000 * (64 + 20) * 8) / 2,
      cycles_per_frame: 200,
      dut_busy: 0.5,
    });
    expect(metrics["loss_ratio"]).toBeCloseTo(100 / 1100);
    expect(notes).toMatchObject({ "DUT's end": "af_packet on dut", "generator's end": "af_packet on tester" });
  });

  it("declares every metric that it can have", () => {
    const declared = forwarding.metrics.map(({ name }) => name);
    const { metrics } = outcomeOf(result({ intendedRate: 1000 }));
    expect(Object.keys(metrics).filter((name) => !declared.includes(name))).toEqual([]);
    expect(declared).toContain("intended_rate");
  });

  it("is suspect when frames are missing that nobody dropped", () => {
    const { status, flags } = outcomeOf(result({ frames: { sent: 1100, received: 1000, drops: [] } }));
    expect(status).toBe("suspect");
    expect(flags).toContain("frames-not-conserved");
  });

  it("is failed when nothing came back, and notes frames of others", () => {
    expect(outcomeOf(result({ frames: { sent: 10, received: 0, drops: [] } })).status).toBe("failed");
    expect(outcomeOf(result({ foreignFrames: 3 })).notes).toMatchObject({ foreignFrames: 3 });
  });
});
