/** What flow-perf is asked for, and what it cannot be asked for. */
import { describe, expect, it } from "vitest";
import {
  flowPerfArguments,
  flowPerfProblem,
  windowOf,
  type FlowPerfPoint,
} from "../../../../src/agent/classifiers/flow_perf/command.js";
import { ealArguments } from "../../../../src/agent/classifiers/flow_perf/flow_perf.js";
import { withEnvironment } from "../../agents.js";

function point(changes: Partial<FlowPerfPoint> = {}): FlowPerfPoint {
  return {
    match: "eth/ipv4",
    actions: "queue",
    tables: 0,
    rules: 0,
    operation: "insert",
    operations: 1000,
    batch: 1,
    threads: 1,
    ...changes,
  };
}

describe("the command line of flow-perf", () => {
  it("inserts and deletes the rules of a point, and tells the time of windows", () => {
    expect(flowPerfArguments(point()).join(" ")).toBe(
      "--portmask=0x1 --ingress --ether --ipv4 --queue --rules-count=1000 --rules-batch=10 --deletion-rate --dump-iterations",
    );
  });

  it("gives several cores a window each", () => {
    expect(flowPerfArguments(point({ threads: 4 })).join(" ")).toContain(
      " --rules-batch=250 --deletion-rate --cores=4",
    );
  });

  it.each([
    [
      "vlan/ipv6/tcp",
      "queue/mark/set_meta/set_tag",
      0,
      "--ether --vlan --ipv6 --tcp --queue --mark --set-meta --set-tag",
    ],
    ["eth/ipv4/udp", "drop", 1, "--group=1 --ether --ipv4 --udp --drop"],
  ])("has the items of %s, and the actions %s", (match, actions, tables, words) => {
    expect(flowPerfArguments(point({ match, actions, tables })).join(" ")).toContain(` ${words} `);
  });

  it("has windows that fill the rules, and no more of them than it can tell", () => {
    for (const rules of [1, 7, 97, 101, 202, 10_000, 10_007, 1_000_000, 4_000_037]) {
      const window = windowOf(rules);
      expect(rules % window).toBe(0);
      expect(rules / window).toBeLessThanOrEqual(100);
    }
    expect([windowOf(10_000), windowOf(99), windowOf(303), windowOf(10_007)]).toEqual([100, 1, 101, 10_007]);
  });

  it.each([
    [{ operation: "update" as const, rules: 10 }, "only inserts and deletes"],
    [{ operation: "replace" as const, rules: 10 }, "only inserts and deletes"],
    [{ rules: 10 }, "use rules: 0 with insert"],
    [{ operation: "delete" as const, rules: 10_000 }, "operations and rules the same (10000)"],
    [{ batch: 64 }, "use batch: 1"],
    [{ tables: 2 }, "use tables: 0"],
    [{ threads: 3 }, "a multiple of control_threads (3)"],
    [{ threads: 2, operation: "delete" as const, rules: 1000 }, "do not delete at the same time"],
    [{ match: "eth" }, "use a match with ipv4 or ipv6"],
  ])("cannot say %j", (changes, words) => expect(flowPerfProblem(point(changes))).toContain(words));

  it.each([
    {},
    { operation: "delete" as const, rules: 1000 },
    { tables: 1 },
    { threads: 2 },
    { match: "vlan/ipv6/udp" },
    { actions: "drop" },
  ])("can say %j", (changes) => expect(flowPerfProblem(point(changes))).toBeUndefined());
});

describe("EAL's arguments for flow-perf", () => {
  it("have the testbed's port, two lcores on the DUT's CPU, and what the environment adds", async () => {
    withEnvironment({ NICBENCH_EAL_ARGS: "--log-level=debug  -m 64" });
    const words = (await ealArguments({ io: "dpdk", device: "net_tap0,iface=x" }, [3])).join(" ");
    expect(words).toContain("--lcores=0@3,1@3 --no-pci --iova-mode=va --vdev net_tap0,iface=x ");
    expect(words).toMatch(/ --log-level=debug -m 64$/);
    expect((await ealArguments({ io: "dpdk", device: "0000:17:00.0" }, [3])).join(" ")).toContain(
      " --allow 0000:17:00.0 ",
    );
  });

  it("have a CPU for each core that works, and one lcore more", async () => {
    const lcores = async (cpus: readonly number[]) => (await ealArguments({ io: "dpdk", device: "net_tap0" }, cpus))[1];
    expect(await lcores([3, 5])).toBe("--lcores=0@3,1@5,2@3");
    expect(await lcores([-1, -1])).toMatch(/^--lcores=\(0,1,2\)@\([\d,]+\)$/);
  });

  it("need a port of DPDK", async () => {
    await expect(ealArguments({ io: "ring" }, [0])).rejects.toThrow(
      "the testbed's dut has ring; use a testbed with ports",
    );
    await expect(ealArguments(undefined, [0])).rejects.toMatchObject({ code: "FLOW_PERF_PORT" });
  });
});
