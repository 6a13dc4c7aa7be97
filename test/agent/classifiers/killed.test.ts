/** What is left of a trial when its agent is killed, with no time to clean up. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ovs } from "../../../src/agent/classifiers/ovs/ovs.js";
import { PROTOCOL_VERSION } from "../../../src/agent/protocol.js";
import { childrenOf, eventually, isRunning, NICBENCH } from "../agents.js";
import { rateTrial, ruleSet } from "./sample.js";

const version = await ovs.version();

/** Of the process and all that came of it. */
function descendantsOf(pid: number): readonly number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

function networkOf(pid: number | "self"): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return "";
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

function processesIn(namespace: string): readonly number[] {
  const pids = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids.filter((pid) => isRunning(pid) && networkOf(pid) === namespace);
}

/** An agent of its own, which is asked one thing. */
function askAgent(method: string, params: unknown) {
  const agent = spawn(process.execPath, [NICBENCH, "agent"], { stdio: ["pipe", "pipe", "ignore"] });
  const requests = [
    ["hello", { protocol: PROTOCOL_VERSION }],
    ["lease.renew", { seconds: 120 }],
    [method, params],
  ] as const;
  for (const [id, [name, of]] of requests.entries())
    agent.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method: name, params: of })}\n`);
  let said = "";
  agent.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  const answer = (): unknown =>
    said
      .split("\n")
      .filter((line) => line.includes(`"id":${requests.length - 1}`))
      .map((line) => JSON.parse(line) as unknown)[0];
  return { agent, pid: agent.pid ?? 0, answer };
}

describe.skipIf(version.startsWith("unavailable"))(`an agent with an Open vSwitch that forwards (${version})`, () => {
  it("leaves nothing when it is killed, and the next one starts as if it had not been", async () => {
    const config = {
      ...{
        traffic: { profile: "uniform", flows: 100, rate: "max", seed: 1, frameSize: 64 },
        wire: "af_packet",
        window: 64,
      },
      ...{ warmupSeconds: 0.05, durationSeconds: 1000, probeEvery: 8, ringSize: 1024, burst: 32 },
      ...{ generatorCpu: -1, dutCpu: -1, controlCpu: -1, flowCache: true, seriesIntervalSeconds: 0 },
      ...{ ruleSet: ruleSet(), classifier: { name: "ovs" } },
    };
    const { agent, pid } = askAgent("rules.run", config);
    // In a namespace of its own: one that tells its version runs before.
    const own = networkOf("self");
    const namespaces = (): readonly string[] =>
      descendantsOf(pid)
        .filter((each) => nameOf(each) === "ovs-vswitchd")
        .map(networkOf)
        .filter((namespace) => namespace !== "" && namespace !== own);
    await eventually(() => namespaces().length > 0, "Open vSwitch runs");
    const [namespace = ""] = namespaces();
    const started = [...new Set([...descendantsOf(pid), ...processesIn(namespace)])];
    agent.kill("SIGKILL");
    await once(agent, "close");
    // Namespaces without a name, and what is mounted and joined in them, go with their last process.
    await eventually(() => !started.some(isRunning) && processesIn(namespace).length === 0, "all is gone");
    expect(readFileSync("/proc/self/mounts", "utf8")).not.toMatch(/^nicbench /m);

    const next = askAgent("rules.rate", { ...rateTrial({ operations: 10, batch: 10 }), classifier: { name: "ovs" } });
    await eventually(() => next.answer() !== undefined, "the next agent answers");
    expect(next.answer()).toHaveProperty("result.wrong", 0);
    next.agent.stdin.end();
    await once(next.agent, "close");
  });
});
