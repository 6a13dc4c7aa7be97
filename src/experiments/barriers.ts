/**
 * Named barriers between the roles of a trial: who arrives waits until as many as were counted upon have arrived.
 *
 * One that is late, or gone for good (`abort`), ends the waiting of all. Pure but for the time-outs.
 */
import { UserError } from "../errors.js";

export interface Barriers {
  /** @throws {UserError} BARRIER_TIMEOUT, which names those who did come; or the reason of `abort` */
  arrive(barrier: string, role: string, rule: BarrierRule): Promise<void>;
  /** Nobody waits any more, now or later. Only the first reason counts. */
  abort(reason: unknown): void;
  /** Rejects with the reason of `abort`, for those who wait for something else meanwhile. */
  readonly aborted: Promise<never>;
  /** Throws that reason, for those who are about to begin something. */
  throwIfAborted(): void;
  /** Of the barriers that opened, in that order. */
  waits(): readonly Wait[];
}

export interface BarrierRule {
  /** How many arrivals open it. */
  readonly count: number;
  readonly timeoutSeconds: number;
}

/** Who waited for whom, and how long. */
export interface Wait {
  readonly barrier: string;
  readonly role: string;
  /** Who came last. */
  readonly for: string;
  readonly seconds: number;
}

interface Arrival {
  readonly role: string;
  readonly at: number;
  readonly open: () => void;
}

/** @param now seconds, injected so that tests need no clock */
export function createBarriers(now: () => number = () => performance.now() / 1000): Barriers {
  const arrivals = new Map<string, Arrival[]>();
  const waits: Wait[] = [];
  const controller = new AbortController();
  const { signal } = controller;
  const aborted = new Promise<never>((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason as Error)),
  );
  aborted.catch(() => undefined); // there may be nobody who waits
  const abort = (reason: unknown): void => controller.abort(reason);

  const open = (barrier: string, all: readonly Arrival[], last: Arrival): void => {
    arrivals.delete(barrier);
    for (const { role, at, open: release } of all) {
      if (role !== last.role) waits.push({ barrier, role, for: last.role, seconds: last.at - at });
      release();
    }
  };

  const arrive = async (barrier: string, role: string, { count, timeoutSeconds }: BarrierRule): Promise<void> => {
    signal.throwIfAborted();
    const all = arrivals.get(barrier) ?? [];
    arrivals.set(barrier, all);
    let timer: NodeJS.Timeout | undefined;
    const opened = new Promise<void>((resolve) => {
      const arrival = { role, at: now(), open: resolve };
      all.push(arrival);
      if (all.length === count) return open(barrier, all, arrival);
      timer = setTimeout(() => abort(tooLate(barrier, all, count, timeoutSeconds)), timeoutSeconds * 1000);
    });
    return Promise.race([opened, aborted]).finally(() => clearTimeout(timer));
  };

  return { arrive, abort, aborted, throwIfAborted: () => signal.throwIfAborted(), waits: () => waits };
}

function tooLate(barrier: string, there: readonly Arrival[], count: number, seconds: number): UserError {
  const names = there.map(({ role }) => `'${role}'`).join(", ");
  return new UserError(
    "BARRIER_TIMEOUT",
    `Only ${there.length} of ${count} roles came to '${barrier}' within ${seconds} s: ${names}.`,
    "The others hang; their logs say more.",
  );
}
