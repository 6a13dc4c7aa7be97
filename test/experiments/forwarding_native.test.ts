/** Real trials of `forwarding` through a real agent's methods: over the ring, and as root over the kernel's wires. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { hostMethods } from "../../src/agent/methods.js";
import { paramsSchemas } from "../../src/agent/params_schemas.js";
import { resultSchemas } from "../../src/agent/result_schemas.js";
import { PROTOCOL_VERSION } from "../../src/agent/protocol.js";
import { outcomeOf } from "../../src/experiments/forwarding/trial.js";
import { totalCount } from "../../src/statistics/hdr.js";
import type {
  ForwardingTrialConfig,
  ForwardingTrialResult,
  GeneratedTraffic,
  GroupCounts,
} from "../../src/agent/protocol.js";

const CAPTURE = fileURLToPath(new URL("../../suites/captures/quickstart.pcap", import.meta.url));

const methods = hostMethods();
const hello = await methods.hello({ protocol: PROTOCOL_VERSION });
const wires = hello.native.available ? hello.native.wires : [];
const usable = wires.filter(({ lacks, ends }) => lacks === undefined && ends !== "devices");
const ofKernel = usable.filter(({ ends }) => ends === "interfaces").map(({ name }) => name);

async function run(changes: Partial<ForwardingTrialConfig>): Promise<ForwardingTrialResult> {
  const config: ForwardingTrialConfig = {
    wire: "ring",
    traffic: { profile: "uniform", flows: 100, rate: "max", seed: 1 },
    warmupSeconds: 0.02,
    durationSeconds: 0.1,
    probeEvery: 8,
    ringSize: 1024,
    window: 256,
    burst: 32,
    generatorCpu: -1,
    dutCpus: [-1],
    seriesIntervalSeconds: 0,
    ...changes,
  };
  const params = paramsSchemas["forwarding.run"].parse(config);
  return resultSchemas["forwarding.run"].parse(await methods["forwarding.run"](params));
}

/** Learning frames and probes are checked, every header of them. */
async function expectChecked(wire: string, headers: Partial<GeneratedTraffic>): Promise<void> {
  const traffic = { profile: "uniform", flows: 100, frameSize: 256, rate: 20_000, seed: 1, ...headers } as const;
  const result = await run({ wire, traffic });
  expect(outcomeOf(result).status).not.toBe("failed");
  expect(result.badFrames).toBe(0);
  expect(result.probesReceived).toBeGreaterThan(0);
}

describe("a forwarding trial on this host", () => {
  it("tells of every wire what it lacks, or nothing", () => {
    expect(wires.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "ring",
        "socket",
        "socket-mmsg",
        "libpcap",
        "af_packet",
        "af_packet-v2",
        "af_xdp",
        "dpdk",
        "dpdk-memif",
      ]),
    );
    for (const { lacks } of wires) expect(lacks ?? "run as root").toMatch(/root|apt-get|npm run/);
  });

  it("counts each group of flows by itself, and no frame twice or never", async () => {
    const traffic = { profile: "zipf", flows: 100, frameSize: 64, skew: 1, rate: 100_000, seed: 1, groups: 4 } as const;
    const result = await run({ traffic });
    const groups = result.groups ?? [];
    expect(groups).toHaveLength(4);
    const sum = (of: (group: GroupCounts) => number): number => groups.reduce((total, group) => total + of(group), 0);
    expect(sum(({ sent }) => sent)).toBe(result.frames.sent);
    expect(sum(({ received }) => received)).toBe(result.frames.received);
    expect(sum(({ probesReceived }) => probesReceived)).toBe(result.probesReceived);
    expect(sum(({ latency }) => totalCount(latency))).toBe(totalCount(result.latency));
    expect(groups[0]?.sent).toBeGreaterThan(2 * (groups[3]?.sent ?? 0));
    expect(outcomeOf(result).metrics).toHaveProperty("latency_p99_group_4");
    expect((await run({})).groups).toBeUndefined();
  });

  it.each(usable.map(({ name }) => name))("conserves frames over %s", async (wire) => {
    const outcome = outcomeOf(await run({ wire }));
    expect(outcome.status).not.toBe("failed");
    expect(outcome.flags).not.toContain("frames-not-conserved");
    expect(outcome.metrics["forwarding_rate"]).toBeGreaterThan(0);
  });

  it.each(usable.filter(({ queues = 1 }) => queues > 1).map(({ name }) => name))(
    "conserves frames over %s between three workers of a DUT",
    async (wire) => {
      const result = await run({ wire, dutCpus: [-1, -1, -1] });
      expect(outcomeOf(result).flags).not.toContain("frames-not-conserved");
      expect(result.badFrames).toBe(0);
      expect(result.dutFrames).toBeGreaterThan(0);
      if (wire !== "ring") expect(result.wire).toContain(", 3 queues");
    },
  );

  it.each(usable.filter(({ queues }) => queues === 1).map(({ name }) => name))(
    "refuses more workers than a port of %s has queues",
    async (wire) => {
      await expect(run({ wire, dutCpus: [-1, -1] })).rejects.toMatchObject({
        code: "QUEUES",
        hint: expect.stringContaining("af_packet") as string,
      });
    },
  );

  it.each(usable.filter(({ timestamps }) => timestamps !== undefined).map(({ name }) => name))(
    "measures latency by the times that the kernel gives frames of %s",
    async (wire) => {
      const traffic = { profile: "uniform", flows: 100, rate: 10_000, seed: 1 } as const;
      const result = await run({ wire, traffic, timestamps: "software" });
      expect(result.testerWire).toContain("software timestamps");
      expect(result.wire).not.toContain("software timestamps");
      expect(result.timestamps).toMatchObject({ clock: "software", untimedProbes: 0 });
      expect(result.timestamps!.errorNs).toBeGreaterThan(0);
      expect(totalCount(result.latency)).toBe(result.probesReceived);
      expect(outcomeOf(result).notes).toMatchObject({ timestamps: "software" });
      expect((await run({ wire, traffic })).timestamps).toBeUndefined();
    },
  );

  it.each(["ring", "memif"])("refuses the kernel's times on the wire %s, which has none", async (wire) => {
    await expect(run({ wire, timestamps: "software" })).rejects.toMatchObject({ code: "TIMESTAMPS" });
  });

  it.each(["poisson", { burst: 16 }, undefined] as const)(
    "knows the error of every frame of pacing %j",
    async (pacing) => {
      const traffic = { profile: "uniform", flows: 100, rate: 50_000, seed: 1, ...(pacing && { pacing }) } as const;
      const result = await run({ traffic, probeEvery: 1 });
      const { send, departure } = result.pacingErrors!;
      expect(totalCount(send)).toBe(result.frames.sent);
      expect(totalCount(departure)).toBe(result.frames.sent - 1);
      expect(result.probesReordered).toBe(0);
      expect(result.probesDuplicated).toBe(0);
      const { metrics } = outcomeOf(result);
      expect(metrics["pacing_error_p99"]).toBeLessThanOrEqual(metrics["pacing_error_max"]!);
      if (pacing === "poisson") expect(result.frames.sent).not.toBe(5000);
      else expect(result.frames.sent).toBeLessThanOrEqual(5000);
    },
  );

  it("replays a capture at a multiple of its recorded rate, and says where that cannot be", async () => {
    const { frames, durationSeconds } = await methods["pcap.inspect"]({ file: CAPTURE });
    const replay = { pcap: CAPTURE, windows: 2, rate: { recorded: 3 }, pacing: "recorded", seed: 1 } as const;
    const result = await run({ traffic: replay, durationSeconds: 0.4 });
    expect(result.intendedRate).toBeCloseTo((2 * 3 * (frames - 1)) / durationSeconds, 3);
    expect(totalCount(result.pacingErrors!.send)).toBe(result.frames.sent);
    const single = join(mkdtempSync(join(tmpdir(), "nicbench-capture-")), "one.pcap");
    await methods["traffic.generate"]({
      traffic: { profile: "uniform", flows: 1, rate: 1000, seed: 1 },
      frames: 1,
      file: single,
      replace: false,
    });
    await expect(run({ traffic: { ...replay, pcap: single } })).rejects.toMatchObject({ code: "PCAP_NO_TIMES" });
  });

  it("draws sizes from a capture, and flows from given prefixes and ports", async () => {
    await expectChecked("ring", { sizesFrom: CAPTURE, tunnel: "vxlan" });
    const narrow = { clients: ["10.1.2.0/24"], serverPorts: [443, 443] } as const;
    await expectChecked("ring", { ...narrow, clientPorts: [2000, 2000] });
    const refused = expectChecked("ring", { ...narrow, clientPorts: [2000, 2000], flows: 300 });
    await expect(refused).rejects.toMatchObject({ code: "ENDPOINTS" });
    const listed = {
      clients: ["192.0.2.0/24", "10.1.0.0/16", "2001:db8::/32"],
      servers: ["203.0.113.7/32", "fd00::/8"],
    };
    await expectChecked("ring", { ...listed, ipv6Share: 0.5, bothDirections: true });
    await expectChecked("ring", { ...listed, newFlows: 1000 });
    for (const clients of [["10.0.0.0/33"], ["10.0.0/8"], ["::/129"], ["::/x"], []]) {
      await expect(expectChecked("ring", { clients })).rejects.toThrow("clients");
    }
  });

  it("has no pacing to be wrong about at full load", async () => {
    expect((await run({})).pacingErrors).toBeUndefined();
  });

  const HEADERS: readonly (readonly [string, Partial<GeneratedTraffic>])[] = [
    ["IPv6", { ipv6Share: 0.5 }],
    ["VXLAN", { tunnel: "vxlan", vni: 42 }],
    ["GENEVE", { tunnel: "geneve", ipv6Share: 0.5 }],
    ["GRE", { tunnel: "gre", bothDirections: true }],
  ];
  const tagged: typeof HEADERS = [
    ["VLAN tags", { vlans: [7, 100].map((id) => ({ id, priority: 5 })) }],
    ["an IMIX", { sizesInTurn: [128, 594, 1518] }],
  ];

  it.each([...HEADERS, ...tagged])("brings %s back with every checksum right and its probes", async (_, headers) => {
    await expectChecked("ring", headers);
  });

  it.each(ofKernel)("carries tunnels and IPv6 over %s", async (wire) => {
    for (const [, headers] of HEADERS) await expectChecked(wire, headers);
  });

  it.skipIf(ofKernel.length === 0)("fails with the reason and a hint when the link goes down", async () => {
    for (const wire of ofKernel) {
      await expect(run({ wire, mishap: "link-down" })).rejects.toMatchObject({
        code: "LINK_DOWN",
        hint: expect.stringContaining("ip link") as string,
      });
    }
  });

  it.skipIf(ofKernel.length === 0)("leaves no interface behind", async () => {
    const { readdir } = await import("node:fs/promises");
    const before = await readdir("/sys/class/net");
    await run({ wire: "socket" });
    expect(await readdir("/sys/class/net")).toEqual(before);
  });
});
