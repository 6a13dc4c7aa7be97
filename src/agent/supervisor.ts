/** Keeps one agent a host alive: started on first use, started anew after it died, ended with the run. */
import { basename, join } from "node:path";
import { packageRoot } from "../package.js";
import { startAgent } from "./client.js";
import type { AgentClient } from "./client.js";

export interface Supervisor {
  /**
   * The host's agent, started if there is none alive.
   *
   * @throws {UserError} AGENT_DIED, AGENT_GARBAGE, AGENT_TIMEOUT, AGENT_PROTOCOL: it cannot be started
   */
  agent(host: string): Promise<AgentClient>;
  /** Ends the trials that are running; their requests fail with code `STOPPED`. */
  stopTrials(): Promise<void>;
  close(): Promise<void>;
  /** Ends all agents at once. */
  kill(): void;
}

export interface SupervisorOptions {
  /** Folder of the logs, `<host>-agent.log` each. */
  readonly logs: string;
  readonly command?: readonly string[];
}

export function superviseAgents({ logs, command = localAgentCommand() }: SupervisorOptions): Supervisor {
  const agents = new Map<string, Promise<AgentClient>>();
  const started = new Set<AgentClient>();

  const start = async (host: string): Promise<AgentClient> => {
    const name = `${host}-agent.log`;
    const client = await startAgent({ command, logFile: join(logs, name), logName: `${basename(logs)}/${name}` });
    started.add(client);
    return client;
  };

  const alive = async (host: string): Promise<AgentClient | undefined> => {
    const client = await agents.get(host)?.catch(() => undefined);
    return client?.alive() === true ? client : undefined;
  };

  return {
    agent: async (host) => {
      const current = await alive(host);
      if (current !== undefined) return current;
      const next = start(host);
      agents.set(host, next);
      return next;
    },
    stopTrials: async () => {
      const stops = [...started].filter((client) => client.alive()).map(stopTrial);
      await Promise.all(stops);
    },
    close: async () => {
      await Promise.all([...started].map((client) => client.close()));
    },
    kill: () => {
      for (const client of started) client.kill();
    },
  };
}

/**
 * This program, as an agent. For tests, `NICBENCH_AGENT` names another program, which is started without
 * arguments and speaks the same protocol.
 */
export function localAgentCommand(): readonly string[] {
  const other = process.env["NICBENCH_AGENT"];
  return other === undefined || other === "" ? [process.execPath, `${packageRoot}bin/nicbench.js`, "agent"] : [other];
}

const STOP_TIMEOUT_SECONDS = 5;

/** An agent that does not answer even this is killed by its timeout. */
async function stopTrial(client: AgentClient): Promise<void> {
  await client.call("trial.stop", {}, STOP_TIMEOUT_SECONDS).catch(() => undefined);
}
