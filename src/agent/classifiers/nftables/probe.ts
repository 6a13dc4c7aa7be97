/** Which nft does this host have, and can it change rules in a network namespace of its own? */
import { execa } from "execa";

const TIMEOUT_MS = 5000;

/** Its version, such as `1.0.6`, or `unavailable: <what is missing, and what to do>`. Never rejects. */
export async function nftVersion(): Promise<string> {
  const version = await said("nft", ["--version"]);
  const [, number] = /v(\d[\w.]*)/.exec(version) ?? [];
  if (number === undefined) return "unavailable: there is no program nft; install the package nftables";
  if (process.getuid?.() !== 0) return "unavailable: a network namespace of its own needs root; run nicbench with sudo";
  const input = "add table netdev nicbench\nlist tables\n";
  const listed = await said("unshare", ["--net", "nft", "-i"], input);
  if (listed.includes("table netdev nicbench")) return number;
  const reason = listed.trim().split("\n")[0] || "it said nothing";
  return `unavailable: nft -i cannot change rules in a network namespace of its own (${reason}); it needs a kernel with nf_tables, unshare(1) and an nft with a command line`;
}

async function said(program: string, args: readonly string[], input = ""): Promise<string> {
  const { all, shortMessage = "" } = await execa(program, args, {
    all: true,
    input,
    reject: false,
    timeout: TIMEOUT_MS,
  });
  return all === "" ? shortMessage : all;
}
