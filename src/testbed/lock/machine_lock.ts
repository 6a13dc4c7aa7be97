/**
 * One use of a machine at a time: who measures on it, noted by the agents there, who also see when that is over.
 *
 * A lock outlives the agent that took it: a run whose agent crashed, or whose connection broke, starts another one and takes
 * its lock again by its token. Nobody else gets it meanwhile, as long as its orchestrator is seen to live or, where that is
 * on another machine, for {@link RETURN_SECONDS}.
 */
import { endProcess, fateOf, thisPlacedProcess, type PlacedProcess } from "../../process_identity.js";
import {
  recordSchema,
  RETURN_SECONDS,
  type LockHolder,
  type LockOwner,
  type LockRecord,
  type LockState,
} from "./model.js";
import type { Register } from "./register.js";

export interface MachineLock {
  /**
   * Takes it for an owner, or takes it again. An agent that the owner had before for the same host is ended: its connection
   * has broken, but it may measure still.
   *
   * @param host the testbed's name of this machine
   * @returns who has it, if somebody else does
   */
  take(host: string, owner: LockOwner): Promise<LockHolder | undefined>;
  /** Gives back what this process took; the last agent of an owner frees the machine. */
  release(): Promise<void>;
  holder(): Promise<LockHolder | undefined>;
  /** Takes it from whoever has that token; false if nobody has. */
  clear(token: string): Promise<boolean>;
}

/** @param now seconds, of a clock that is never set */
export function machineLock(register: Register, now = () => performance.now() / 1000): MachineLock {
  const self = thisPlacedProcess();
  let doubted = { token: "", since: 0 };

  /** Whether nobody has come back to it for long enough since we first saw it abandoned. */
  const isOver = ({ token }: LockRecord): boolean => {
    if (doubted.token !== token) doubted = { token, since: now() };
    return now() - doubted.since >= RETURN_SECONDS;
  };

  const isFree = (record: LockRecord): boolean => {
    const state = stateOf(record);
    if (state === "held") doubted = { token: "", since: 0 };
    return state === "stale" || (state === "abandoned" && isOver(record));
  };

  /** Replaces what is there until nobody else does at the same time; `change` returns undefined to leave it. */
  const update = async (change: (record: LockRecord | undefined) => Promise<LockRecord | "none" | undefined>) => {
    for (;;) {
      const { number, text } = await register.read();
      const next = await change(parse(text));
      if (next === undefined) return false;
      if (await register.replace(number, next === "none" ? "" : JSON.stringify(next))) return true;
    }
  };

  return {
    take: async (host, owner) => {
      let other: LockHolder | undefined;
      await update(async (record) => {
        other = undefined;
        const ours = record?.token === owner.token ? record : undefined;
        if (record !== undefined && ours === undefined && !isFree(record)) {
          other = holderOf(record);
          return undefined;
        }
        const before = ours?.keepers[host];
        if (before !== undefined && before.pid !== self.pid && fateOf(before) === "alive") await endProcess(before);
        const since = ours?.since ?? new Date().toISOString();
        return { ...owner, since, keepers: { ...living(ours), [host]: self } };
      });
      return other;
    },
    release: async () => {
      await update(async (record) => {
        if (record === undefined || !Object.values(record.keepers).some(isSelf)) return undefined;
        const keepers = Object.entries(living(record)).filter(([, keeper]) => !isSelf(keeper));
        return keepers.length === 0 ? "none" : { ...record, keepers: Object.fromEntries(keepers) };
      });
    },
    holder: async () => {
      const record = parse((await register.read()).text);
      return record === undefined ? undefined : holderOf(record);
    },
    clear: (token) => update(async (record) => (record?.token === token ? "none" : undefined)),
  };

  function isSelf({ pid, started }: PlacedProcess): boolean {
    return pid === self.pid && started === self.started;
  }
}

/** What is damaged, or of another version, counts as nothing. */
function parse(text: string): LockRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function living(record: LockRecord | undefined): LockRecord["keepers"] {
  return Object.fromEntries(Object.entries(record?.keepers ?? {}).filter(([, keeper]) => fateOf(keeper) === "alive"));
}

function holderOf(record: LockRecord): LockHolder {
  const { token, user, machine, purpose, since, orchestrator } = record;
  return { token, user, machine, purpose, since, pid: orchestrator.pid, state: stateOf(record) };
}

/** An orchestrator that can be seen from here decides; else its agents do, which are of this machine. */
function stateOf({ orchestrator, keepers }: LockRecord): LockState {
  const owner = fateOf(orchestrator);
  if (owner !== "elsewhere") return owner === "alive" ? "held" : "stale";
  const agents = Object.values(keepers);
  const { boot } = thisPlacedProcess();
  if (agents.every((agent) => agent.boot !== boot)) return "stale"; // the machine was started anew
  return agents.every((agent) => agent.boot !== boot || fateOf(agent) === "gone") ? "abandoned" : "held";
}
