/** Keeps one agent a host alive: started on first use, started anew after it died, ended with the run; and the run's logs. */
import { basename, join } from "node:path";
import { greetAgent } from "./client.js";
import { openLog, type AgentLog } from "./log.js";
import type { AgentClient } from "./client.js";
import type { Hosts } from "../testbed/host.js";

export interface Supervisor {
  /**
   * The host's agent, started if there is none alive.
   *
   * @throws {UserError} AGENT_DIED, AGENT_GARBAGE, AGENT_TIMEOUT, AGENT_PROTOCOL: it cannot be started; and why its
   *   host cannot be reached
   */
  agent(host: string): Promise<AgentClient>;
  /** Adds to the log of that name, beside those of the agents. */
  log(name: string, text: string): void;
  /** Ends the trials that are running; their requests fail with code `STOPPED`. */
  stopTrials(): Promise<void>;
  /** Ends all agents, then what is open to their hosts. */
  close(): Promise<void>;
  /** Ends all agents at once. */
  kill(): void;
}

export interface SupervisorOptions {
  /** Folder of the logs, `<host>-agent.log` of each agent. */
  readonly logs: string;
  /** The supervisor closes them. */
  readonly hosts: Hosts;
}

export function superviseAgents({ logs, hosts }: SupervisorOptions): Supervisor {
  const agents = new Map<string, Promise<AgentClient>>();
  const started = new Set<AgentClient>();
  const kept = new Map<string, AgentLog>();

  const start = async (host: string): Promise<AgentClient> => {
    const name = `${host}-agent.log`;
    const agent = await hosts.host(host).startAgent();
    const client = await greetAgent(agent, { logFile: join(logs, name), logName: `${basename(logs)}/${name}` });
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
    log: (name, text) => {
      const log = kept.get(name) ?? openLog(join(logs, `${name}.log`));
      kept.set(name, log);
      log.write(Buffer.from(text));
    },
    stopTrials: async () => {
      const stops = [...started].filter((client) => client.alive()).map(stopTrial);
      await Promise.all(stops);
    },
    close: async () => {
      await Promise.all([...started].map((client) => client.close()));
      for (const log of kept.values()) log.close();
      await hosts.close();
    },
    kill: () => {
      for (const client of started) client.kill();
    },
  };
}

const STOP_TIMEOUT_SECONDS = 5;

/** An agent that does not answer even this is killed by its timeout. */
async function stopTrial(client: AgentClient): Promise<void> {
  await client.call("trial.stop", {}, STOP_TIMEOUT_SECONDS).catch(() => undefined);
}
