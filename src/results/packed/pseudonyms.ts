/**
 * Names that tell where and by whom something was measured, and what stands in their place: the same for the same name, all
 * over one run. Addresses become those that are reserved for documentation (RFC 5737, RFC 3849, RFC 7042 section 2.1.2).
 */
import { isIPv4, isIPv6 } from "node:net";
import { extname } from "node:path";

/** Replaces what identifies in a text. */
export type Scrub = (text: string) => string;

/**
 * @param hosts names of machines, wherever they stand as words of their own
 * @param users names of accounts, likewise
 */
export function scrubber(hosts: readonly string[], users: readonly string[]): Scrub {
  const name = pseudonyms();
  const path = (found: string): string => (isOfSystem(found) ? found : `/${name("path", found)}${extensionOf(found)}`);
  const steps: readonly (readonly [RegExp, (found: string) => string])[] = [
    [WHOLE_PATH, path],
    [ACCOUNT, (found) => `${name("user", before(found, "@"))}@${name("host", after(found, "@"))}`],
    [PATH, path],
    [UUID, (uuid) => name("uuid", uuid.toLowerCase())],
    [MAC, (mac) => `00:00:5e:00:53:${hex(number(name("mac", mac.toLowerCase())), 2)}`],
    [DOTTED, (address) => (isIPv4(address) && !KEPT.test(address) ? ipv4(number(name("ipv4", address))) : address)],
    [COLONS, (address) => (isIPv6(address) && !KEPT.test(address) ? `2001:db8::${hex(number(name("ipv6", address)))}` : address)],
    ...words(hosts).map((pattern) => [pattern, (host: string) => name("host", host)] as const),
    ...words(users).map((pattern) => [pattern, (user: string) => name("user", user)] as const),
  ];
  return (text) => steps.reduce((scrubbed, [pattern, replace]) => scrubbed.replaceAll(pattern, replace), text);
}

/** `user-1`, `user-2`, …, by kind and value. */
function pseudonyms(): (kind: string, value: string) => string {
  const known = new Map<string, Map<string, string>>();
  return (kind, value) => {
    const names = known.get(kind) ?? new Map<string, string>();
    known.set(kind, names);
    const found = names.get(value) ?? `${kind}-${names.size + 1}`;
    names.set(value, found);
    return found;
  };
}

const ACCOUNT = /(?<![\w.+-])[\w.+-]+@[A-Za-z0-9](?:[\w.-]*\w)?/g;
/** All of a text, or between quotes: it may have spaces. */
const WHOLE_PATH = /(?<=^|(['"]))(?:~[\w-]*)?\/[^\n:'"]+\/[^\n:'"]*(?=\1$|\1)(?=$|['"])/g;
/** Absolute, or in somebody's home; up to what ends it in a sentence. */
const PATH = /(?<![\w.:/~%@-])(?:~[\w-]*)?\/[^\s"'`,;:()[\]{}<>|/]+(?:\/[^\s"'`,;:()[\]{}<>|/]*)+|(?<![\w.:/~%@-])~[\w-]*\/[^\s"'`,;:()]*/g;
const UUID = /(?<![\w-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])/gi;
const MAC = /(?<![\w:-])[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}(?![\w:-])/gi;
/** Not those in versions such as 11.3.244.8-node.38. */
const DOTTED = /(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\d)/g;
const COLONS = /(?<![\w:.])[0-9a-f:]*:[0-9a-f:]+(?![\w:])/gi;

/** Loopback, any, those of benchmarks (RFC 2544, appendix C.2.2; RFC 5180) and multicast identify nobody. */
const KEPT = /^(?:127\.|0\.0\.0\.0$|255\.255|198\.1[89]\.|22[4-9]\.|23\d\.|::1?$|2001:2:|ff)/i;

/** Where every machine has the same. */
function isOfSystem(path: string): boolean {
  return /^\/(?:sys|proc|dev|usr|bin|sbin|lib|lib64|etc|boot)\//.test(path);
}

function extensionOf(path: string): string {
  return /^\.[A-Za-z0-9]{1,8}$/.exec(extname(path))?.[0] ?? "";
}

/** One pattern a name, the longest first, as one may begin with another. */
function words(names: readonly string[]): readonly RegExp[] {
  return [...new Set(names)]
    .toSorted((a, b) => b.length - a.length)
    .map((name) => new RegExp(`(?<![\\w-])${name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\w-])`, "g"));
}

function ipv4(index: number): string {
  const [net = ""] = ["192.0.2", "198.51.100", "203.0.113"].slice(Math.floor(index / 256) % 3);
  return `${net}.${index % 256}`;
}

function number(pseudonym: string): number {
  return Number(after(pseudonym, "-"));
}

function hex(value: number, digits = 1): string {
  return (digits === 2 ? value % 256 : value).toString(16).padStart(digits, "0");
}

function before(text: string, mark: string): string {
  return text.slice(0, text.lastIndexOf(mark));
}

function after(text: string, mark: string): string {
  return text.slice(text.lastIndexOf(mark) + 1);
}
