/** Is the host that answers the one that we know? Strict: nobody is asked, and a changed key is never taken. */
import { UserError } from "../../errors.js";
import { addKnownKey, fingerprint, judgeKey, keysOf, keyType, knownName, type KnownKey } from "./known_hosts.js";
import type { SshSettings } from "./config.js";

export interface HostKeyCheck {
  /** Key types in the order to ask for: those that we know first, so that a host with several keys shows that one. */
  readonly algorithms: readonly HostKeyAlgorithm[];
  /** @throws {UserError} HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, HOST_KEY_REVOKED */
  check(key: Buffer): void;
}

const ALGORITHMS = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
} as const;

export type HostKeyAlgorithm = (typeof ALGORITHMS)[keyof typeof ALGORITHMS][number];

/**
 * @param acceptNew adds the key of a host that no file knows
 * @throws {UserError} KNOWN_HOSTS: a file of known hosts cannot be read
 */
export function hostKeyCheck(settings: SshSettings, acceptNew: boolean): HostKeyCheck {
  const { knownHostsFiles, hostKeyAlias, host, port } = settings;
  const name = hostKeyAlias ?? knownName(host, port);
  const known = keysOf(name, knownHostsFiles);
  const types = new Set(known.filter(({ marker }) => marker === undefined).map(({ type }) => type));
  const entries = Object.entries(ALGORITHMS);
  const sorted = [...entries.filter(([type]) => types.has(type)), ...entries.filter(([type]) => !types.has(type))];
  return {
    algorithms: sorted.flatMap(([, algorithms]) => algorithms),
    check: (key) => checkKey(key, { name, known, settings, acceptNew }),
  };
}

interface Known {
  readonly name: string;
  readonly known: readonly KnownKey[];
  readonly settings: SshSettings;
  readonly acceptNew: boolean;
}

function checkKey(key: Buffer, { name, known, settings, acceptNew }: Known): void {
  const verdict = judgeKey(key, known);
  const [file = ""] = settings.knownHostsFiles;
  const shown = `${keyType(key)} ${fingerprint(key)}`;
  switch (verdict.is) {
    case "known":
      return;
    case "revoked":
      throw new UserError(
        "HOST_KEY_REVOKED",
        `Host '${settings.name}' (${name}) shows a key that ${verdict.place} revokes: ${shown}.`,
        "Do not connect: ask who runs the host for its new key.",
      );
    case "changed":
      throw new UserError(
        "HOST_KEY_CHANGED",
        `Host '${settings.name}' (${name}) shows another key than ${verdict.place} has: ${shown}.`,
        `Somebody may be in between, or the host was installed anew. If its administrator confirms the key: ssh-keygen -f ${file} -R '${name}'`,
      );
    case "unknown":
      if (acceptNew) return addKnownKey(file, name, key);
      throw new UserError(
        "HOST_KEY_UNKNOWN",
        `Host '${settings.name}' (${name}) is not among the known hosts; it shows ${shown}.`,
        `Compare this with ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub on the host, then connect once with ssh ${settings.name}, or add --accept-new.`,
      );
  }
}
