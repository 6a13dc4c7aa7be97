/** One agent for one question, for commands that are no run. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localHost } from "../testbed/local_host.js";
import { greetAgent } from "./client.js";
import type { AgentClient } from "./client.js";

/** Starts a local agent, asks it, ends it. Its log stays only if it died, since the error names it. */
export async function withLocalAgent<T>(ask: (agent: AgentClient) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "nicbench-agent-"));
  const agent = await greetAgent(await localHost("here").startAgent(), { logFile: join(folder, "agent.log") });
  try {
    return await ask(agent);
  } finally {
    const keepLog = !agent.alive();
    await agent.close();
    if (!keepLog) await rm(folder, { recursive: true, force: true });
  }
}
