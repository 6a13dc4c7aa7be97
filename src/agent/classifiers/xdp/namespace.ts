/** A network namespace without a name, held by a shell: it vanishes with the shell, and the shell with this process. */
import { spawn } from "node:child_process";
import { UserError } from "../../../errors.js";
import { once } from "../../../once.js";
import { excerpt } from "../classifier.js";
import { conversation } from "../conversation.js";

export interface HeldNamespace {
  readonly pid: number;
  /** Rejects with XDP_DIED once the shell has ended. */
  readonly gone: Promise<never>;
  close(): void;
}

const FAILED = "nicbench: failed";
const MANNERS = { program: "xdp", ask: "", mark: /(^|\n)nicbench: done\n$/ };
/** Each line is what to do; the shell ends when its input does. */
const LOOP = `while read -r commands; do eval "$commands" 2>&1 || echo "${FAILED}"; echo "nicbench: done"; done`;

/**
 * @param prepare commands for sh(1) in the namespace
 * @throws {UserError} XDP_FAILED: what they said
 */
export async function holdNamespace(prepare: string): Promise<HeldNamespace> {
  const shell = spawn("unshare", ["--net", "sh", "-c", LOOP], { stdio: "pipe" });
  const { exchange, gone } = conversation(shell, MANNERS);
  const close = once(() => void shell.kill("SIGKILL"));
  const said = await exchange(prepare);
  if (!said.includes(FAILED)) return { pid: shell.pid ?? 0, gone, close };
  close();
  throw new UserError(
    "XDP_FAILED",
    `No interface could be made in a network namespace: ${excerpt(said.replace(FAILED, ""))}`,
    "It needs root, unshare(1) and ip(8).",
  );
}
