/** What `ethtool -n` and `ethtool -k` say. Forms are those of rxclass.c and ethtool.c of ethtool 6.1. */
import { parseValue } from "../../../rules/values.js";
import { summaryOf, type Key } from "./words.js";
import type { ListedRule } from "../classifier.js";

/** Filters without the fields that do not count. Those of other flow types than ours have a text that no rule of ours has. */
export function listedFilters(said: string): readonly ListedRule[] {
  return said
    .split(/^(?=Filter: \d+$)/m)
    .slice(1)
    .map((block) => {
      const lines = block.split("\n").map((line) => line.trim());
      const location = Number(/^Filter: (\d+)/.exec(block)?.[1]);
      const type = TYPES.get(valueOf(lines, /^(?:Rule|Flow) Type: (.*)$/)) ?? "other";
      const action = actionOf(valueOf(lines, /^Action: (.*)$/));
      const keys = lines.flatMap((line) => keyOf(line, type));
      return { id: location, text: action === undefined ? block : summaryOf({ location, type, keys, action }) };
    });
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ["Raw Ethernet", "ether"],
  ["Raw IPv4", "ip4"],
  ["Raw IPv6", "ip6"],
  ["TCP over IPv4", "tcp4"],
  ["UDP over IPv4", "udp4"],
  ["TCP over IPv6", "tcp6"],
  ["UDP over IPv6", "udp6"],
]);

function valueOf(lines: readonly string[], pattern: RegExp): string {
  return lines.flatMap((line) => pattern.exec(line)?.[1] ?? [])[0] ?? "";
}

function actionOf(text: string): number | undefined {
  if (text === "Drop") return -1;
  const [, queue] = /^Direct to queue (\d+)$/.exec(text) ?? [];
  return queue === undefined ? undefined : Number(queue);
}

const number = (bits: number) => ({ form: "number", bits }) as const;
const MAC = { form: "mac", bits: 48 } as const;

/** What is listed, and how it is written in a command; addresses are of the type's family. */
const LABELS = {
  "Src MAC addr": ["src", MAC],
  "Dest MAC addr": ["dst", MAC],
  Ethertype: ["proto", number(16)],
  TOS: ["tos", number(8)],
  "Traffic Class": ["tclass", number(8)],
  "Src port": ["src-port", number(16)],
  "Dest port": ["dst-port", number(16)],
  Protocol: ["l4proto", number(8)],
  "L4 bytes": ["l4data", number(32)],
  "VLAN EtherType": ["vlan-etype", number(16)],
  VLAN: ["vlan", number(16)],
  "User-defined": ["user-def", number(64)],
} as const;

const ADDRESSES = { "Src IP addr": "src-ip", "Dest IP addr": "dst-ip" } as const;

function keyOf(line: string, type: string): readonly Key[] {
  const [, label = "", value = "", mask = ""] = /^([\w -]+): (\S+) mask: (\S+)$/.exec(line) ?? [];
  const known = wordOf(label, type);
  if (known === undefined) return [];
  const [word, kind] = known;
  const [spec, ignored] = [parseValue(value, kind), parseValue(mask, kind)];
  if (spec === undefined || ignored === undefined || ignored === (1n << BigInt(kind.bits)) - 1n) return [];
  return [{ word: word === "dst" && type !== "ether" ? "dst-mac" : word, value: spec, ignored }];
}

function wordOf(label: string, type: string) {
  if (label in LABELS) return LABELS[label as keyof typeof LABELS];
  if (!(label in ADDRESSES)) return undefined;
  const family = type.endsWith("6") ? ({ form: "ipv6", bits: 128 } as const) : ({ form: "ipv4", bits: 32 } as const);
  return [ADDRESSES[label as keyof typeof ADDRESSES], family] as const;
}

/** Of `ethtool -k`: `none` is a driver without ntuple filters, `off` one whose filters were not switched on. */
export type NtupleState = "on" | "off" | "none";

/** ethtool calls the kernel's feature rx-ntuple-filter by its old name; undefined if it says nothing of it. */
export function ntupleState(features: string): NtupleState | undefined {
  const [, state, fixed] = /^\s*(?:ntuple-filters|rx-ntuple-filter): (on|off)( \[fixed\])?/m.exec(features) ?? [];
  if (state === undefined) return undefined;
  if (state === "on") return "on";
  return fixed === undefined ? "off" : "none";
}
