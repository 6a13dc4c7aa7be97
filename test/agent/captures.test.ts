import { describe, expect, it, vi } from "vitest";
import { withCaptures } from "../../src/agent/captures.js";
import type { AgentClient } from "../../src/agent/client.js";
import type { AgentMethods, MethodName } from "../../src/agent/protocol.js";

/** What the agent is asked, whose host keeps captures in /there. */
async function asked<M extends MethodName>(method: M, params: AgentMethods[M]["params"]): Promise<unknown> {
  const call = vi.fn<AgentClient["call"]>().mockResolvedValue(undefined as never);
  const client = withCaptures({ call } as unknown as AgentClient, async (file) => `/there${file}`);
  await client.call(method, params, 1);
  expect(call).toHaveBeenCalledExactlyOnceWith(method, expect.anything(), 1);
  return call.mock.calls[0]?.[1];
}

describe("captures in requests", () => {
  it("are named by where they are on the agent's host", async () => {
    const replay = { rate: "max", seed: 1, pcap: "/a.pcap" } as const;
    expect(await asked("traffic.summarise", { traffic: replay, frames: 1 })).toEqual({
      traffic: { ...replay, pcap: "/there/a.pcap" },
      frames: 1,
    });
    const sized = { rate: "max", seed: 1, profile: "uniform", flows: 1, sizesFrom: "/b.pcap" } as const;
    expect(await asked("traffic.summarise", { traffic: sized, frames: 1 })).toMatchObject({
      traffic: { sizesFrom: "/there/b.pcap" },
    });
    expect(await asked("pcap.inspect", { file: "/c.pcap" })).toEqual({ file: "/there/c.pcap" });
  });

  it("go with files of rules", async () => {
    const ruleSet = {
      rules: 1,
      tables: 0,
      match: "eth",
      actions: "drop",
      matchShare: 0,
      capacity: 0,
      seed: 1,
      masks: 1,
    };
    const asking = { operation: "insert", operations: 1, batch: 1, seconds: 1, cpus: [-1] } as const;
    const listed = { ...ruleSet, source: { rulesFile: "/d.rules" } };
    expect(await asked("rules.rate", { ...asking, ruleSet: listed })).toMatchObject({
      ruleSet: { ...ruleSet, source: { rulesFile: "/there/d.rules" } },
    });
    const drawn = { ...asking, ruleSet: { ...ruleSet, source: { filterSet: "fw" } } } as const;
    expect(await asked("rules.rate", drawn)).toEqual(drawn);
  });

  it("are all that changes", async () => {
    const generated = { rate: "max", seed: 1, profile: "uniform", flows: 1 } as const;
    const request = { traffic: generated, frames: 1, file: "/out.pcap", replace: true };
    expect(await asked("traffic.generate", request)).toEqual(request);
  });
});
