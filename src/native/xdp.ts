/** The classifier of native/xdprules, as the addon has it: rules in BPF maps, asked by an XDP program on an interface. */
import type { TogetherTimes } from "./rules.js";

export interface XdpConfig {
  /** Whose network namespace the interface is in. */
  readonly process: number;
  readonly interface: string;
  /** Rules that a map has room for. */
  readonly most: number;
  /** Frames that no rule of a group takes go on to the next. */
  readonly joins: boolean;
  /** Frames that no rule of any group takes are dropped. */
  readonly dropsRest: boolean;
  /** Six bytes: frames that no rule drops go back, from this MAC address. Left out: they pass to the kernel. */
  readonly sendsFrom?: readonly number[];
}

/** Four bytes of a header, and which of their bits count, the first byte highest. */
export interface XdpWord {
  /** 0: the frame; 1: the network header; 2: the transport header. */
  readonly base: number;
  readonly offset: number;
  readonly mask: number;
}

/** What rules of one map have in common. */
export interface XdpMatch {
  readonly group: number;
  /** Lower numbers are asked first. */
  readonly priority: number;
  /** Bits: 1 vlan, 2 ipv4, 4 ipv6, 8 tcp, 16 udp, 32 icmp, 64 gre. */
  readonly headers: number;
  /** The longest prefix wins; before each key stands how many of its bits count, as a 32-bit number of this host. */
  readonly trie: boolean;
  /** A key is these words of a frame; without any, four zero bytes. */
  readonly words: readonly XdpWord[];
}

export interface XdpRules {
  readonly keys: Buffer;
  /** Of 16 bytes: id (32 bits), queue or group (16), fate (8: 0 forward, 1 drop, 2 jump), counts (8: 0 or 1), frames (64). */
  readonly values: Buffer;
}

export interface XdpChange extends XdpRules {
  readonly map: number;
  /** put: in place of what has the same key, if there is such a rule. */
  readonly kind: "put" | "remove";
}

/** One after another, each a batch. */
export interface XdpThread {
  readonly batches: readonly (readonly XdpChange[])[];
  /** -1: any. */
  readonly cpu: number;
}

/** Closed, its methods but `close` throw XDP_CLOSED. One call at a time. */
export interface NativeXdp {
  /** @returns the number of the first: they are numbered 0, 1, …. @throws XDP_REFUSED: a program has at most 63 */
  addMaps(matches: readonly XdpMatch[]): number;
  /** Rejects with XDP_REFUSED at the first rule that the kernel does not take; those before it have changed. */
  change(changes: readonly XdpChange[], cpu: number): Promise<{ readonly seconds: number }>;
  /** Of several threads at the same time. Rejects likewise, when all have ended. */
  changeTogether(threads: readonly XdpThread[]): Promise<TogetherTimes>;
  list(map: number): Promise<XdpRules>;
  taken(): { readonly specific: number; readonly rest: number };
  close(): void;
}
