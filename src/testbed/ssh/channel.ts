/** A program on another host, as one channel of an SSH connection. */
import type { ClientChannel } from "ssh2";
import { forAWhile, type Departure, type HostProcess } from "../host_process.js";

/** What `started` reads: the process id, which is also that of its process group unless sudo is in between. */
export const ANNOUNCE = `echo $$; exec "$@"`;
export const KILL = `kill -s KILL -- "-$1" 2>/dev/null || kill -s KILL "$1"`;

export interface Opened {
  readonly channel: ClientChannel;
  /** Of the program, not of those that it started and that may hold its pipes open. */
  readonly ended: Promise<Departure>;
  /** No more output comes. */
  readonly closed: Promise<void>;
}

/**
 * To be called as soon as the channel is there, not a promise later: what the host says when a program ends at once comes
 * in the same read of the socket as the channel itself.
 */
export function opened(channel: ClientChannel, lost: string): Opened {
  const closed = new Promise<void>((resolve) => channel.once("close", () => resolve()));
  return { channel, ended: departure(channel, lost), closed };
}

export interface Channel extends Opened {
  /** What to say if the channel closes before the program ends. */
  readonly lost: string;
  /** Sends SIGKILL to a process group of the host, by another channel: sshd forwards no signals to programs of root. */
  readonly killGroup: (pid: number) => Promise<unknown>;
}

/** Waits until the program that `ANNOUNCE` starts has told its process id, or is gone. */
export async function started({ channel, ended, closed, lost, killGroup }: Channel): Promise<HostProcess> {
  const pid = await Promise.race([firstLine(channel), ended.then(() => "")]).then(Number);
  let giveUp: (departure: Departure) => void;
  const unreachable = new Promise<Departure>((resolve) => (giveUp = resolve));
  const kill = (): void => {
    if (channel.destroyed) return;
    if (pid > 0) void killGroup(pid).catch(() => undefined);
    // Where that does not get through, an agent ends because its input does.
    setTimeout(() => {
      channel.destroy();
      giveUp({ how: "lost", reason: lost });
    }, KILL_TIMEOUT_MS).unref();
  };
  const gone = Promise.race([ended, unreachable]).then(async (how) => {
    await forAWhile(closed);
    return how;
  });
  return { pid: undefined, stdin: channel, stdout: channel, stderr: channel.stderr, gone, kill };
}

const KILL_TIMEOUT_MS = 3000;

function departure(channel: ClientChannel, lost: string): Promise<Departure> {
  // A channel to a dead program breaks; this tells why.
  for (const stream of [channel, channel.stderr]) stream.on("error", () => undefined);
  return new Promise((resolve) => {
    channel.once("exit", (exitCode: number | null, signal?: string) => {
      resolve(exitCode === null ? { how: "signal", signal: fullName(signal) } : { how: "exit", exitCode });
    });
    channel.once("close", () => resolve({ how: "lost", reason: lost }));
  });
}

/** The protocol's names of signals lack `SIG` (RFC 4254, section 6.10). */
function fullName(signal = ""): string {
  return signal.startsWith("SIG") ? signal : `SIG${signal}`;
}

/** Takes the line off the stream, if it is a number; anything else is left for whoever reads next. */
function firstLine(channel: ClientChannel): Promise<string> {
  return new Promise((resolve) => {
    let text = Buffer.alloc(0);
    const look = (): void => {
      text = Buffer.concat([text, (channel.read() as Buffer | null) ?? Buffer.alloc(0)]);
      const end = text.indexOf("\n");
      if (end < 0 && text.length < MAX_PID_LENGTH) return;
      channel.off("readable", look);
      const line = text.subarray(0, Math.max(0, end)).toString("latin1");
      const isPid = /^\d+$/.test(line);
      channel.unshift(isPid ? text.subarray(end + 1) : text);
      resolve(isPid ? line : "");
    };
    channel.on("readable", look);
  });
}

const MAX_PID_LENGTH = 20;
