/** A program on a host, as a duplex pipe; the same whether it is a child process or an SSH channel. */
import type { Readable, Writable } from "node:stream";

export interface HostProcess {
  /** Of this machine; undefined for what runs elsewhere. */
  readonly pid: number | undefined;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the process is gone, or could not be started. Never rejects. */
  readonly gone: Promise<Departure>;
  /** Ends it and its process group at once; harmless if it is gone. */
  kill(): void;
}

/** Why a process is no more; `lost` is one that cannot be reached any more and ends by itself. */
export type Departure =
  | { readonly how: "exit"; readonly exitCode: number }
  | { readonly how: "signal"; readonly signal: string }
  | { readonly how: "not-started"; readonly reason: string }
  | { readonly how: "lost"; readonly reason: string };

/** `was killed by SIGSEGV`, `exited with code 3`, … */
export function describeDeparture(departure: Departure): string {
  switch (departure.how) {
    case "signal":
      return `was killed by ${departure.signal}`;
    case "exit":
      return `exited with code ${departure.exitCode}`;
    case "not-started":
      return `could not be started: ${departure.reason}`;
    case "lost":
      return `is out of reach: ${departure.reason}`;
  }
}

/** What a process wrote before it went is read first, so that a last answer counts. */
export function drained(stdout: Readable): Promise<void> {
  return forAWhile(stdout.closed ? Promise.resolve() : new Promise((resolve) => stdout.once("close", resolve)));
}

/** Waits for what closes soon, unless something holds it open. */
export function forAWhile(closed: Promise<void>): Promise<void> {
  return Promise.race([closed, new Promise<void>((resolve) => void setTimeout(resolve, DRAIN_MS).unref())]);
}

const DRAIN_MS = 1000;
