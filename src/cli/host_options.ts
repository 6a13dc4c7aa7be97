/** How commands reach the hosts of a testbed. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { parseDuration } from "../units.js";
import { tell } from "./terminal.js";
import type { Command } from "commander";
import type { LockPatience } from "../agent/testbed_lock.js";
import type { HostOptions } from "../testbed/open_hosts.js";

export interface WaitFlags {
  readonly wait?: string;
}

export interface HostFlags extends WaitFlags {
  readonly acceptNew?: true;
}

/** For commands that need hosts for themselves. */
export function addHostOptions(command: Command): Command {
  return addWaitOption(addReachOptions(command));
}

export function addReachOptions(command: Command): Command {
  return command.option(
    "--accept-new",
    "add the SSH keys of hosts that no known_hosts has; changed keys are still refused",
  );
}

export function addWaitOption(command: Command): Command {
  return command.option(
    "--wait <duration>",
    "wait for others who measure there, such as 10min (default: fail at once)",
  );
}

export function patienceOf({ wait }: WaitFlags): LockPatience {
  return { waitSeconds: wait === undefined ? 0 : parseDuration(wait), onWait: tell };
}

export function hostOptions({ acceptNew }: HostFlags): HostOptions {
  return { ssh: { acceptNew: acceptNew === true, askPassphrase: oncePerKey(askPassphrase) } };
}

/** Two hosts may need one key; the answer is kept in memory only. */
function oncePerKey(ask: (keyFile: string) => Promise<string | undefined>) {
  const answers = new Map<string, Promise<string | undefined>>();
  return (keyFile: string): Promise<string | undefined> => {
    const answer = answers.get(keyFile) ?? ask(keyFile);
    answers.set(keyFile, answer);
    return answer;
  };
}

/** Without echo; undefined where there is no terminal. */
async function askPassphrase(keyFile: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(`Passphrase of ${keyFile}: `); // now that the terminal no longer echoes
  const answer = await new Promise<string | undefined>((resolve) => {
    lines.once("line", resolve);
    lines.once("SIGINT", () => {
      resolve(undefined);
      process.kill(process.pid, "SIGINT");
    });
    lines.once("close", () => resolve(undefined));
  });
  lines.close();
  process.stderr.write("\n");
  return answer;
}
