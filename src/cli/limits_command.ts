/** What `nicbench limits` prints. */
import { UserError } from "../errors.js";
import { withLockedAgent } from "../agent/once.js";
import { localHost } from "../testbed/local_host.js";
import { formatQuantity, parseBytes, parseDuration } from "../units.js";
import { patienceOf, type WaitFlags } from "./host_options.js";
import { columns, print } from "./terminal.js";
import type { Limits } from "../agent/protocol.js";

export interface LimitsFlags extends WaitFlags {
  readonly size?: readonly string[];
  readonly seconds: string;
  readonly json?: true;
}

const MiB = 2 ** 20;
const DEFAULT_SIZES = [MiB / 2, 4 * MiB, 32 * MiB, 256 * MiB, 1024 * MiB];

/** Beyond the three measurements: making and touching the working set. */
const GRACE_SECONDS = 60;

export async function limits({ size, seconds: written, json, ...wait }: LimitsFlags): Promise<void> {
  const sizes = size?.map(parseBytes) ?? DEFAULT_SIZES;
  const seconds = parseDuration(written);
  const measured = await withLockedAgent(localHost("here"), "limits", patienceOf(wait), async (agent) => {
    if (!agent.native.available) throw new UserError("NATIVE_MISSING", agent.native.reason, agent.native.hint);
    const results: Limits[] = [];
    for (const workingSet of sizes) {
      for (const hugePages of [false, true]) {
        const options = { workingSet, hugePages, seconds };
        results.push(await agent.call("limits.measure", options, 3 * seconds + GRACE_SECONDS));
      }
    }
    return results;
  });
  print(json === true ? JSON.stringify(measured, null, 2) : table(measured));
}

function table(measured: readonly Limits[]): string {
  const header = ["working set", "pages", "line reads", "dependent read", "sequential"];
  const rows = measured.map((limit) => [
    formatQuantity(limit.workingSet, "bytes"),
    limit.pages,
    formatQuantity(limit.lineReadsPerSecond, "op/s"),
    formatQuantity(limit.dependentReadNs, "ns"),
    `${formatQuantity(limit.sequentialBytesPerSecond, "bytes")}/s`,
  ]);
  return columns([header, ...rows]);
}
