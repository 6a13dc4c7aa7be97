/** Ways to prove who we are, in the order in which ssh(1) tries them: keys of the agent, then key files. */
import { readFileSync } from "node:fs";
import ssh2, { type AnyAuthMethod, type BaseAgent, type ParsedKey } from "ssh2";
import type { SshSettings } from "./config.js";

const { createAgent, OpenSSHAgent, utils } = ssh2;

/** Asks the user for what unlocks a key; undefined where nobody can be asked. */
export type AskPassphrase = (keyFile: string) => Promise<string | undefined>;

export interface Identities {
  /** The next way, or false after the last. */
  next(): Promise<AnyAuthMethod | false>;
  /** What was left out and why, for the message when all failed. */
  readonly leftOut: readonly string[];
}

/** A passphrase is asked only when all that comes before has failed. */
export function identitiesOf(settings: SshSettings, ask: AskPassphrase): Identities {
  const leftOut: string[] = [];
  const methods = attempts(settings, ask, leftOut);
  return {
    next: async () => {
      const { value } = await methods.next();
      return value ?? false;
    },
    leftOut,
  };
}

async function* attempts(
  { user: username, agent, identityFiles, identitiesOnly }: SshSettings,
  ask: AskPassphrase,
  leftOut: string[],
): AsyncGenerator<AnyAuthMethod, undefined> {
  if (agent !== undefined) {
    yield { type: "agent", username, agent: sortedAgent(agent, identityFiles, identitiesOnly) };
  }
  for (const file of identityFiles) {
    const key = await keyOf(file, ask);
    if (key instanceof Error) leftOut.push(`${file}: ${key.message}`);
    else if (key !== undefined) yield { type: "publickey", username, key };
  }
  return undefined;
}

/** Undefined where there is no such file. */
async function keyOf(file: string, ask: AskPassphrase): Promise<ParsedKey | Error | undefined> {
  let text: Buffer;
  try {
    text = readFileSync(file);
  } catch {
    return undefined;
  }
  const plain = utils.parseKey(text);
  if (!(plain instanceof Error)) return plain;
  if (!/encrypted/i.test(plain.message)) return plain;
  const passphrase = await ask(file);
  if (passphrase === undefined)
    return new Error(`it is encrypted, and there is no terminal to ask on: ssh-add ${file}`);
  const key = utils.parseKey(text, passphrase);
  return key instanceof Error ? new Error("the passphrase does not fit") : key;
}

/**
 * The agent, which offers the keys of `files` first, or only them: servers close the connection after a few keys
 * that do not fit.
 */
function sortedAgent(socket: string, files: readonly string[], only: boolean): BaseAgent {
  const wanted = files.flatMap(publicKeyOf);
  const isWanted = (key: unknown): boolean => {
    const parsed = utils.parseKey(key as ParsedKey);
    return !(parsed instanceof Error) && wanted.some((blob) => blob.equals(parsed.getPublicSSH()));
  };
  const agent = createAgent(socket);
  if (!(agent instanceof OpenSSHAgent)) return agent;
  const all = agent.getIdentities.bind(agent);
  agent.getIdentities = (callback): void => {
    all((error, keys = []) => {
      const first = keys.filter(isWanted);
      callback(error, only ? first : [...first, ...keys.filter((key) => !isWanted(key))]);
    });
  };
  return agent;
}

function publicKeyOf(file: string): readonly Buffer[] {
  try {
    const key = utils.parseKey(readFileSync(`${file}.pub`));
    return key instanceof Error ? [] : [key.getPublicSSH()];
  } catch {
    return [];
  }
}
