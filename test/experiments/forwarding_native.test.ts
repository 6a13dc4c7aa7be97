/** Real trials of `forwarding` through a real agent's methods: over the ring, and as root over the kernel's wires. */
import { describe, expect, it } from "vitest";
import { hostMethods } from "../../src/agent/methods.js";
import { paramsSchemas } from "../../src/agent/params_schemas.js";
import { resultSchemas } from "../../src/agent/result_schemas.js";
import { PROTOCOL_VERSION } from "../../src/agent/protocol.js";
import { outcomeOf } from "../../src/experiments/forwarding/trial.js";
import type { ForwardingTrialConfig, ForwardingTrialResult } from "../../src/agent/protocol.js";

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
    dutCpu: -1,
    seriesIntervalSeconds: 0,
    ...changes,
  };
  const params = paramsSchemas["forwarding.run"].parse(config);
  return resultSchemas["forwarding.run"].parse(await methods["forwarding.run"](params));
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

  it.each(usable.map(({ name }) => name))("conserves frames over %s", async (wire) => {
    const outcome = outcomeOf(await run({ wire }));
    expect(outcome.status).not.toBe("failed");
    expect(outcome.flags).not.toContain("frames-not-conserved");
    expect(outcome.metrics["forwarding_rate"]).toBeGreaterThan(0);
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
