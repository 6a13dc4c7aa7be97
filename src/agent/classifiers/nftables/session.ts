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
import { once } from "../../../once.js";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { UserError } from "../../../errors.js";
import { BATCH_PATH, openBatchFile } from "../batch_file.js";
import { excerpt, secondsOf } from "../classifier.js";
import { conversation } from "../conversation.js";

export interface NftSession {
  readonly pid: number;
  /**
   * Commits all commands or none.
   *
   * @returns seconds from the line that starts it to the answer that it is done
   * @throws {UserError} NFT_REFUSED: what nft said; NFT_DIED
   */
  commit(commands: string): Promise<number>;
  /** What a command that lists says. @throws {UserError} NFT_DIED */
  ask(command: string): Promise<string>;
  /** Rejects with NFT_DIED once nft has ended. */
  readonly gone: Promise<never>;
  /** Ends nft, and with it the namespace. A command that is running fails with NFT_DIED. */
  close(): void;
}

/**
 * @param cpu that nft runs on; -1: any
 * @param before commands for sh(1) in the namespace, before nft starts
 */
export function openNft(cpu: number, before = ":"): NftSession {
  return sessionOf(startNft(["unshare", "--net"], cpu, before));
}

/** Another nft in the namespace of one. @param pid its */
export function joinNft(pid: number, cpu: number): NftSession {
  return sessionOf(startNft(["nsenter", "--net", "--target", String(pid)], cpu, ":"));
}

function sessionOf(nft: ChildProcessWithoutNullStreams): NftSession {
  const { exchange, gone } = conversation(nft, MANNERS);
  const file = openBatchFile();
  const include = `include "${file.path}"`;
  return {
    pid: nft.pid ?? 0,
    commit: async (commands) => {
      file.write(commands);
      return secondsOf(async () => {
        const said = await exchange(include);
        if (said !== "") throw refused(said);
      });
    },
    ask: exchange,
    gone,
    close: once(() => {
      nft.kill("SIGKILL");
      file.close();
    }),
  };
}

/** The shell joins what nft says on both outputs, in order, and becomes nft. */
function startNft([program = "", ...words]: readonly string[], cpu: number, before: string) {
  const pinned = cpu < 0 ? "" : `taskset --cpu-list ${cpu} `;
  return spawn(program, [...words, "sh", "-c", `{ ${before}; } 2>&1; exec ${pinned}nft -a -i 2>&1`], {
    stdio: "pipe",
  });
}

const MANNERS = {
  program: "nft",
  ask: "describe meta mark\n",
  mark: /(^|\n)meta expression, datatype mark [^\n]*\n$/,
};

const OF_FILE = /^In file included from .*\n/gm;

function refused(said: string): UserError {
  return new UserError(
    "NFT_REFUSED",
    `nft refused a transaction: ${excerpt(said.replaceAll(OF_FILE, "").replaceAll(BATCH_PATH, ""))}`,
    "The kernel may lack a part of nf_tables, or memory; see dmesg.",
  );
}
