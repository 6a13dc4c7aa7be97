/**
 * The classifier `xdp`: rules in BPF maps, asked by an XDP program on an interface in a network namespace of its own.
 *
 * The addon makes maps and program (native/xdprules). Rules whose items have the same bits that count share a map: a hash map, or a trie
 * where one address has a prefix. A map comes with the first rule that needs it, and with it another program.
 */
import { setTimeout as pause } from "node:timers/promises";
import { codeOf, messageOf, UserError } from "../../../errors.js";
import { loadAddon } from "../../../native/addon.js";
import { once } from "../../../once.js";
import { inject, MAKE_PORT, PORT } from "../inject.js";
import { DUT_END, DUT_MAC, MAKE_WIRE, receiveOn, TESTER_END } from "../veth.js";
import { holdNamespace, type HeldNamespace } from "./namespace.js";
import { encoder, keyBytes, listedRule, RULE_BYTES, ruleText, type Encoded } from "./words.js";
import type { NativeXdp, XdpChange, XdpConfig, XdpMatch } from "../../../native/xdp.js";
import type {
  Change,
  Classifier,
  ClassifierKind,
  Entry,
  ForwardingClassifier,
  ForwardOptions,
  ListedRule,
  OpenOptions,
  PrepareTogether,
} from "../classifier.js";

export const xdp: ClassifierKind = { version, open, forward };

/** A trial of `rules.conformance` does not say how many rules there will be. */
const MOST_OF_FRAMES = 32_768;

async function open(options: OpenOptions): Promise<Classifier> {
  const { ruleSet, most, cpu, otherCpus = [], takesFrames = false } = options;
  const { tables } = ruleSet;
  const session = await openSession(takesFrames ? MAKE_PORT : ":", cpu, {
    interface: takesFrames ? PORT : "lo",
    most: takesFrames ? MOST_OF_FRAMES : roomFor(most, tables),
    joins: tables > 0,
    dropsRest: false,
  });
  return {
    prepare: session.prepare,
    ...(otherCpus.length === 0 ? {} : { prepareTogether: session.togetherOn([cpu, ...otherCpus]) }),
    listed: session.listed,
    textOf: (entry) => {
      const { matchText, key, value } = session.encode(entry);
      return ruleText(matchText, key, value);
    },
    send: async (frames) => {
      const before = framesOf(session.native);
      await inject(session.namespace.pid, frames);
      await counted(session.native, before + frames.length);
    },
    close: session.close,
  };
}

/** The kernel's fast path as the DUT of a trial. */
async function forward({
  ruleSet: { tables, drops },
  most,
  wire,
  dutCpu,
  controlCpu,
}: ForwardOptions): Promise<ForwardingClassifier> {
  const session = await openSession(`${MAKE_WIRE}; ${receiveOn(dutCpu)}`, controlCpu, {
    interface: DUT_END,
    most: roomFor(most, tables),
    joins: tables > 0,
    dropsRest: drops === "rest",
    sendsFrom: DUT_MAC.split(":").map((byte) => parseInt(byte, 16)),
  });
  return {
    generatorPort: { wire, device: TESTER_END, namespaceOf: session.namespace.pid },
    description: "XDP, in the kernel's generic part",
    prepare: session.prepare,
    taken: async () => mending(() => session.native.taken()),
    gone: session.namespace.gone,
    close: session.close,
  };
}

/** Rules are spread equally over the groups. */
function roomFor(most: number, tables: number): number {
  return Math.ceil(most / Math.max(1, tables)) + 1;
}

interface Session extends Pick<Classifier, "prepare" | "listed" | "close"> {
  readonly native: NativeXdp;
  readonly namespace: HeldNamespace;
  readonly encode: (entry: Entry) => Encoded;
  /** Of a thread on each of these CPUs. */
  togetherOn(cpus: readonly number[]): PrepareTogether;
}

async function openSession(prepare: string, cpu: number, config: Omit<XdpConfig, "process">): Promise<Session> {
  const namespace = await holdNamespace(prepare);
  try {
    const native = mending(() => loadAddon().openXdp({ ...config, process: namespace.pid }));
    const maps = ruleMaps(native);
    const encode = encoder();
    const close = once(() => {
      native.close();
      namespace.close();
    });
    return {
      native,
      namespace,
      encode,
      prepare: (changes) => {
        const parts = changes.flatMap((change) => partsOf(change, encode));
        return async () => {
          const inMaps = mending(() => maps.changesOf(parts));
          return (await native.change(inMaps, cpu).catch(mend)).seconds;
        };
      },
      togetherOn: (cpus) => (threads) => {
        const inMaps = (batch: readonly Change[]): readonly XdpChange[] =>
          mending(() => maps.changesOf(batch.flatMap((change) => partsOf(change, encode))));
        const batches = threads.map((mine, index) => ({ cpu: cpus[index] ?? -1, batches: mine.map(inMaps) }));
        return () => native.changeTogether(batches).catch(mend);
      },
      listed: () => maps.listed().catch(mend),
      close,
    };
  } catch (error) {
    namespace.close();
    throw error;
  }
}

/** Rules of one map that change in the same way. */
interface Part {
  readonly kind: Change["kind"];
  readonly matchText: string;
  readonly match: XdpMatch;
  readonly keys: Buffer[];
  readonly values: Buffer[];
}

/** @throws {UserError} RULE_UNSUPPORTED */
function partsOf({ kind, entries }: Change, encode: Session["encode"]): readonly Part[] {
  const parts = new Map<string, Part>();
  for (const entry of entries) {
    const { match, matchText, key, value } = encode(entry);
    const part = parts.get(matchText) ?? { kind, matchText, match, keys: [], values: [] };
    parts.set(matchText, part);
    part.keys.push(key);
    part.values.push(value);
  }
  return [...parts.values()];
}

/** Which map has which rules. */
function ruleMaps(native: NativeXdp) {
  const maps = new Map<string, { readonly number: number; readonly match: XdpMatch }>();
  const addMissing = (parts: readonly Part[]): void => {
    const missing = new Map(parts.flatMap((part) => (maps.has(part.matchText) ? [] : [[part.matchText, part.match]])));
    if (missing.size === 0) return;
    const first = native.addMaps([...missing.values()]);
    [...missing].forEach(([text, match], index) => maps.set(text, { number: first + index, match }));
  };
  return {
    /** With their maps, which are made if they are not there. */
    changesOf: (parts: readonly Part[]): readonly XdpChange[] => {
      addMissing(parts);
      return parts.map((part) => ({
        map: maps.get(part.matchText)?.number ?? 0,
        kind: part.kind === "remove" ? "remove" : "put",
        keys: Buffer.concat(part.keys),
        values: Buffer.concat(part.values),
      }));
    },
    listed: async (): Promise<readonly ListedRule[]> => {
      const all: ListedRule[] = [];
      for (const [text, { number, match }] of maps) {
        const { keys, values } = await native.list(number);
        const bytes = keyBytes(match);
        for (let at = 0; at * bytes < keys.length; at++) {
          const key = keys.subarray(at * bytes, (at + 1) * bytes);
          all.push(listedRule(text, key, values.subarray(at * RULE_BYTES, (at + 1) * RULE_BYTES)));
        }
      }
      return all;
    },
  };
}

const COUNTED_MS = 10_000;

/** The kernel may let frames wait for another thread. @throws {UserError} FRAMES_NOT_SENT */
async function counted(native: NativeXdp, frames: number): Promise<void> {
  for (const end = Date.now() + COUNTED_MS; mending(() => framesOf(native)) < frames; await pause(1)) {
    if (Date.now() < end) continue;
    throw new UserError("FRAMES_NOT_SENT", "Frames did not come to the XDP program.", "Is the host overloaded?");
  }
}

function framesOf(native: NativeXdp): number {
  const { specific, rest } = native.taken();
  return specific + rest;
}

/** Of libbpf, if a program could be attached: never rejects. */
async function version(): Promise<string> {
  try {
    return mending(() => loadAddon().xdpVersion());
  } catch (error) {
    const hint = error instanceof UserError ? error.hint : undefined;
    return `unavailable: ${messageOf(error).replace(/[.]$/, "")}${hint === undefined ? "" : `; ${hint.replace(/[.]$/, "")}`}`;
  }
}

function mending<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    return mend(error);
  }
}

/** What the addon throws is a `UserError` in all but name. */
function mend(error: unknown): never {
  const code = codeOf(error);
  if (code === undefined || error instanceof UserError) throw error;
  const hint = error instanceof Error && "hint" in error ? String(error.hint) : undefined;
  throw new UserError(code, messageOf(error), hint, { cause: error });
}
