/** Keeps one agent a host alive: started on first use, started anew after it died, ended with the run; and the run's logs. */
import { basename, join } from "node:path";
import { withCaptures } from "./captures.js";
import { greetAgent } from "./client.js";
import { openLog, type AgentLog } from "./log.js";
import { outagesUpTo, type Patient } from "./outage.js";
import { lockedError, lockHosts, releaseLock, takeLock } from "./testbed_lock.js";
import type { AgentClient } from "./client.js";
import type { LockPatience } from "./testbed_lock.js";
import type { LockOwner } from "../testbed/lock/model.js";
import type { Hosts } from "../testbed/host.js";

export interface Supervisor {
  /**
   * The host's agent, started if there is none alive.
   *
   * @param patient waits for a host that cannot be reached, up to `reconnectSeconds`; left out, that fails at once
   * @throws {UserError} AGENT_DIED, AGENT_GARBAGE, AGENT_TIMEOUT, AGENT_PROTOCOL: it cannot be started; and why its
   *   host cannot be reached
   */
  agent(host: string, patient?: Patient): Promise<AgentClient>;
  /** Agents that are there now, by their hosts. */
  living(): ReadonlyMap<string, AgentClient>;
  /** Adds to the log of that name, beside those of the agents. */
  log(name: string, text: string): void;
  /**
   * Takes the machines of all agents that were started for one use, until `close`. Agents started later take theirs again.
   *
   * @throws {UserError} TESTBED_LOCKED, STOPPED, LOCK_FOLDER
   */
  lock(owner: LockOwner, patience: LockPatience, signal?: AbortSignal): Promise<void>;
  /**
   * Ends all agents. Those that are started from now on are new processes whose environment is longer by so many bytes.
   */
  renew(paddingBytes: number): Promise<void>;
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
  /** How long a host may be out of reach. */
  readonly reconnectSeconds: number;
}

export function superviseAgents({ logs, hosts, reconnectSeconds }: SupervisorOptions): Supervisor {
  const agents = new Map<string, Promise<AgentClient>>();
  const started = new Map<AgentClient, string>();
  const kept = new Map<string, AgentLog>();
  const outages = outagesUpTo(reconnectSeconds);
  let owner: LockOwner | undefined;
  let padding: number | undefined;

  const start = async (host: string): Promise<AgentClient> => {
    const name = `${host}-agent.log`;
    const machine = hosts.host(host);
    const agent = await machine.startAgent(padding);
    const greeted = await greetAgent(agent, { logFile: join(logs, name), logName: `${basename(logs)}/${name}` });
    const client = withCaptures(greeted, machine.bring);
    started.set(client, host);
    if (owner !== undefined) await takeAgain(host, client, owner);
    return client;
  };

  const living = (): readonly AgentClient[] => [...started.keys()].filter((client) => client.alive());
  const byHost = (): ReadonlyMap<string, AgentClient> =>
    new Map(living().map((client) => [started.get(client) ?? "", client]));

  const alive = async (host: string): Promise<AgentClient | undefined> => {
    const client = await agents.get(host)?.catch(() => undefined);
    return client?.alive() === true ? client : undefined;
  };

  return {
    agent: async (host, patient) => {
      const current = await alive(host);
      if (current !== undefined) return current;
      const next = patient === undefined ? start(host) : outages.bear(host, () => start(host), patient);
      agents.set(host, next);
      return next;
    },
    living: byHost,
    log: (name, text) => {
      const log = kept.get(name) ?? openLog(join(logs, `${name}.log`));
      kept.set(name, log);
      log.write(Buffer.from(text));
    },
    lock: async (claim, patience, signal) => {
      owner = claim; // from now on `close` gives back what was taken
      await lockHosts(byHost(), claim, patience, signal);
    },
    renew: async (paddingBytes) => {
      padding = paddingBytes;
      await Promise.all(living().map((client) => client.close()));
    },
    stopTrials: async () => {
      await Promise.all(living().map(stopTrial));
    },
    close: async () => {
      if (owner !== undefined) await Promise.all(living().map(releaseLock));
      await Promise.all([...started.keys()].map((client) => client.close()));
      for (const log of kept.values()) log.close();
      await hosts.close();
    },
    kill: () => {
      for (const client of started.keys()) client.kill();
    },
  };
}

/** Nobody else should have it; if a person took it away from us, what we would measure is of no use. */
async function takeAgain(host: string, client: AgentClient, owner: LockOwner): Promise<void> {
  try {
    const holder = await takeLock(host, client, owner);
    if (holder !== undefined) throw lockedError(host, holder);
  } catch (error) {
    await client.close();
    throw error;
  }
}

const STOP_TIMEOUT_SECONDS = 5;

/** An agent that does not answer even this is killed by its timeout. */
async function stopTrial(client: AgentClient): Promise<void> {
  await client.call("trial.stop", {}, STOP_TIMEOUT_SECONDS).catch(() => undefined);
}
