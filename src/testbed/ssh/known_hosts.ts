/** Files of known hosts, in the format of sshd(8), section SSH_KNOWN_HOSTS FILE FORMAT. */
import { createHash, createHmac } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf, messageOf, UserError } from "../../errors.js";

export interface KnownKey {
  readonly marker: "revoked" | undefined;
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  readonly key: Buffer;
  /** `file:line`. */
  readonly place: string;
}

/** What the files say about a key that a host has shown. */
export type KeyVerdict =
  | { readonly is: "known" }
  | { readonly is: "unknown" }
  | { readonly is: "changed"; readonly place: string }
  | { readonly is: "revoked"; readonly place: string };

/** The name that a host is looked up by: with its port unless that is 22. */
export function knownName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/**
 * Entries for a name, hashed ones too; those of certificate authorities are left out, since we check no certificates.
 *
 * @throws {UserError} KNOWN_HOSTS: a file is there and cannot be read, so a revoked key might be missed
 */
export function keysOf(name: string, files: readonly string[]): readonly KnownKey[] {
  return files.flatMap((file) =>
    read(file)
      .split("\n")
      .flatMap((line, index) => parseLine(line, name, `${file}:${index + 1}`)),
  );
}

export function judgeKey(shown: Buffer, known: readonly KnownKey[]): KeyVerdict {
  const same = known.filter(({ key }) => key.equals(shown));
  const revoked = same.find(({ marker }) => marker === "revoked");
  if (revoked !== undefined) return { is: "revoked", place: revoked.place };
  if (same.length > 0) return { is: "known" };
  const [other] = known.filter(({ marker }) => marker === undefined);
  return other === undefined ? { is: "unknown" } : { is: "changed", place: other.place };
}

/** As ssh-keygen -l shows it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** A public key begins with its type, as a string of RFC 4251, section 5. */
export function keyType(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString("latin1");
}

/** @throws {UserError} KNOWN_HOSTS: the file cannot be written */
export function addKnownKey(file: string, name: string, key: Buffer): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const before = read(file);
    const start = before === "" || before.endsWith("\n") ? "" : "\n";
    appendFileSync(file, `${start}${name} ${keyType(key)} ${key.toString("base64")}\n`, { mode: 0o600 });
  } catch (error) {
    throw new UserError("KNOWN_HOSTS", `The key of ${name} cannot be added: ${messageOf(error)}.`, `Check ${file}.`);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "";
    throw new UserError("KNOWN_HOSTS", `Known hosts cannot be read: ${messageOf(error)}.`, `Check ${file}.`);
  }
}

function parseLine(line: string, name: string, place: string): readonly KnownKey[] {
  const [, marker, hosts = "", type = "", base64 = ""] =
    /^\s*(?:@(\S+)\s+)?([^#@\s]\S*)\s+(\S+)\s+([A-Za-z0-9+/=]+)/.exec(line) ?? [];
  if (base64 === "" || !matches(hosts, name) || (marker !== undefined && marker !== "revoked")) return [];
  return [{ marker, type, key: Buffer.from(base64, "base64"), place }];
}

/** A comma-separated list of patterns, of which `!` excludes; or one hashed name. */
function matches(hosts: string, name: string): boolean {
  if (hosts.startsWith("|1|")) return isHashOf(hosts, name);
  const patterns = hosts.toLowerCase().split(",");
  const excluded = patterns.some((pattern) => pattern.startsWith("!") && glob(pattern.slice(1), name));
  return !excluded && patterns.some((pattern) => glob(pattern, name));
}

/** `|1|salt|hash`: HMAC-SHA1 of the name, keyed by the salt. */
function isHashOf(hashed: string, name: string): boolean {
  const [, , salt = "", hash = ""] = hashed.split("|");
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest().equals(Buffer.from(hash, "base64"));
}

/** `*` and `?` are wildcards; brackets are part of the name. */
function glob(pattern: string, name: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(name);
}
