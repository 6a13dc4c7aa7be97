/**
 * One long-lived `nft -i` in a network namespace of its own.
 *
 * The namespace has no name: it lives as long as nft does, and nft ends when its input closes. So nothing is left behind
 * when the agent ends, even by kill -9, and there are no stale namespaces to look for.
 *
 * nft -i takes each line as one transaction, but reads lines a byte at a time, so that a batch of thousands would take
 * longer to read than to commit. A transaction is therefore written beforehand into a file without a name, and the line
 * is an `include` of it. Then comes `describe`, which asks the kernel nothing: once it is answered, the transaction is over.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../errors.js";

export interface NftSession {
  /**
   * Commits all commands or none.
   *
   * @returns seconds from the line that starts it to the answer that it is done
   * @throws {UserError} NFT_REFUSED: what nft said; NFT_DIED
   */
  commit(commands: string): Promise<number>;
  /** What a command that lists says. @throws {UserError} NFT_DIED */
  ask(command: string): Promise<string>;
  /** Ends nft, and with it the namespace. A command that is running fails with NFT_DIED. */
  close(): void;
}

/** @param cpu that nft runs on; -1: any */
export function openNft(cpu: number): NftSession {
  const nft = startNft(cpu);
  const exchange = conversation(nft);
  const file = openUnnamed();
  const include = `include "/proc/${process.pid}/fd/${file}"`;
  let open = true;
  return {
    commit: async (commands) => {
      ftruncateSync(file);
      writeAll(file, commands);
      const start = process.hrtime.bigint();
      const said = await exchange(include);
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      if (said !== "") throw refused(said);
      return seconds;
    },
    ask: exchange,
    close: () => {
      if (!open) return;
      open = false;
      nft.kill("SIGKILL");
      closeSync(file);
    },
  };
}

/** The shell joins what nft says on both outputs, in order, and becomes nft. */
function startNft(cpu: number): ChildProcessWithoutNullStreams {
  const pinned = cpu < 0 ? "" : `taskset --cpu-list ${cpu} `;
  return spawn("unshare", ["--net", "sh", "-c", `exec ${pinned}nft -a -i 2>&1`], { stdio: "pipe" });
}

const MARK = "describe meta mark";
const MARKED = /(^|\n)meta expression, datatype mark [^\n]*\n$/;
/** Longer than the answer to {@link MARK}. */
const TAIL = 200;

interface Waiting {
  readonly resolve: (said: string) => void;
  readonly reject: (reason: UserError) => void;
}

/** Sends a line, and gives what nft says until it has dealt with it. One at a time. */
function conversation(nft: ChildProcessWithoutNullStreams): (line: string) => Promise<string> {
  let chunks: string[] = [];
  let tail = "";
  let waiting: Waiting | undefined;
  let dead: UserError | undefined;
  const end = (how: string): void => {
    dead ??= died(how, chunks.join(""));
    waiting?.reject(dead);
  };
  nft.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    chunks.push(chunk);
    tail = (tail + chunk).slice(-TAIL);
    if (!MARKED.test(tail)) return;
    const said = chunks.join("").replace(MARKED, "$1");
    [chunks, tail] = [[], ""];
    waiting?.resolve(said);
  });
  nft.stderr.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  nft.on("error", ({ message }) => end(message));
  nft.on("close", (code, signal) => end(signal ?? `exit code ${String(code)}`));
  // It has gone: `close` tells.
  nft.stdin.on("error", () => undefined);
  return (line) =>
    new Promise((resolve, reject) => {
      if (dead !== undefined) return reject(dead);
      waiting = { resolve, reject };
      nft.stdin.write(`${line}\n${MARK}\n`);
    });
}

/** A file that only its descriptor leads to. */
function openUnnamed(): number {
  const folder = mkdtempSync(join(tmpdir(), "nicbench-nft-"));
  try {
    return openSync(join(folder, "transaction"), "wx+");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at, at);
}

function refused(said: string): UserError {
  return new UserError(
    "NFT_REFUSED",
    `nft refused a transaction: ${excerpt(said)}`,
    "The kernel may lack a part of nf_tables, or memory; see dmesg.",
  );
}

function died(how: string, said: string): UserError {
  const words = excerpt(said);
  return new UserError(
    "NFT_DIED",
    `nft ended in the middle of the trial (${how}); it said ${words === "" ? "nothing" : `: ${words}`}.`,
    "Out of memory? See dmesg.",
  );
}

const SHOWN = 500;

function excerpt(said: string): string {
  return said
    .trim()
    .replaceAll(/\s*\n\s*/g, " / ")
    .slice(0, SHOWN);
}
