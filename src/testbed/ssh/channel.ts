/** A program on another host, as one channel of an SSH connection. */
import type { ClientChannel } from "ssh2";
import type { Departure, HostProcess } from "../host_process.js";
import { drained } from "../host_process.js";

/**
 * Killed, the program's session is sent SIGKILL (RFC 4254, section 6.9). Where that does not get through, the channel is
 * closed after a while, and an agent ends because its stdin does.
 *
 * @param lost what to say if the channel closes before the program ends
 */
export function channelProcess(channel: ClientChannel, lost: string): HostProcess {
  const gone = new Promise<Departure>((resolve) => {
    let departure: Departure = { how: "lost", reason: lost };
    channel.once("exit", (exitCode: number | null, signal?: string) => {
      departure = exitCode === null ? { how: "signal", signal: fullName(signal) } : { how: "exit", exitCode };
    });
    channel.once("close", () => resolve(departure));
  }).then(async (departure) => {
    await drained(channel);
    return departure;
  });
  // A channel to a dead program breaks; `gone` tells why.
  for (const stream of [channel, channel.stderr]) stream.on("error", () => undefined);
  const kill = (): void => {
    if (channel.destroyed) return;
    attempt(() => channel.signal("KILL"));
    setTimeout(() => channel.destroy(), KILL_TIMEOUT_MS).unref();
  };
  return { pid: undefined, stdin: channel, stdout: channel, stderr: channel.stderr, gone, kill };
}

const KILL_TIMEOUT_MS = 1000;

/** The protocol's names of signals lack `SIG`. */
function fullName(signal = ""): string {
  return signal.startsWith("SIG") ? signal : `SIG${signal}`;
}

/** On a connection that has just broken, sending throws. */
function attempt(send: () => void): void {
  try {
    send();
  } catch {
    // The channel is closed below, whatever happened to the signal.
  }
}
