/** Hosts that cannot be reached for a while: connections are tried again, within bounds. */
import { setTimeout as pause } from "node:timers/promises";
import { codeOf, messageOf } from "../errors.js";
import { formatQuantity } from "../units.js";

/** Somebody who rather waits than fails. */
export interface Patient {
  /** Aborted to wait no longer. */
  readonly signal: AbortSignal;
  /** Told when waiting begins. */
  readonly onOutage: (message: string) => void;
}

export interface Outages {
  /**
   * Connects until that succeeds or the host has been away for too long; what is wrong otherwise fails at once.
   *
   * @throws what `connect` threw last
   */
  bear<T>(host: string, connect: () => Promise<T>, patient: Patient): Promise<T>;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/** @param seconds how long a host may be away, counted once for all that want it, until it is back */
export function outagesUpTo(seconds: number): Outages {
  const deadlines = new Map<string, number>();

  /** Milliseconds until the host is given up. */
  const timeLeft = (host: string, error: unknown, { onOutage }: Patient): number => {
    if (!deadlines.has(host)) onOutage(`${messageOf(error)} Trying again for ${formatQuantity(seconds, "s")}.`);
    const deadline = deadlines.get(host) ?? performance.now() + 1000 * seconds;
    deadlines.set(host, deadline);
    return deadline - performance.now();
  };

  return {
    bear: async (host, connect, patient) => {
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
        try {
          const connected = await connect();
          deadlines.delete(host);
          return connected;
        } catch (error) {
          if (!isOutage(error) || patient.signal.aborted) throw error;
          const left = timeLeft(host, error, patient);
          if (left <= 0 || !(await slept(Math.min(pauseMs, left), patient.signal))) throw error;
        }
      }
    },
  };
}

/** False if it was woken up to stop. */
function slept(ms: number, signal: AbortSignal): Promise<boolean> {
  return pause(ms, true, { signal }).catch(() => false);
}

/** Keys and settings that were right once are not looked at: who has changed them should hear of it. */
const OUTAGES = ["SSH_REFUSED", "SSH_UNREACHABLE", "SSH_TIMEOUT", "SSH_LOST", "SSH_FAILED"];

function isOutage(error: unknown): boolean {
  return OUTAGES.includes(codeOf(error) ?? "");
}
