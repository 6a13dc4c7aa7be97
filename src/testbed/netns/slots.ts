/**
 * Who has made which namespaces: one folder a run under /run/nicbench, with its owner, keys and configurations.
 *
 * A run that is killed cannot clean up; the next one sees that the owner is dead, and removes what is left.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { codeOf, messageOf, UserError } from "../../errors.js";
import { isAlive, thisProcess } from "../../process_identity.js";
import { lockRun, type Lock } from "../../results/lock.js";
import { addressesIn, removeNamespaces, type Slot } from "./namespaces.js";

const ROOT = "/run/nicbench";
const SLOTS = 256;

/**
 * Also removes what dead runs left.
 *
 * @throws {UserError} NETNS_FOLDER: /run/nicbench cannot be written; NETNS_FULL: all are taken
 */
export async function claimSlot(testbed: string): Promise<Slot> {
  const lock = await lockSlots();
  try {
    const slots = Array.from({ length: SLOTS }, (_, number) => slotOf(number));
    for (const slot of slots) if (existsSync(slot.folder) && !hasOwner(slot)) releaseSlot(slot);
    const free = slots.find(({ folder, network }) => !existsSync(folder) && addressesIn(`${network}.0/24`) === "");
    if (free === undefined)
      throw new UserError("NETNS_FULL", `All ${SLOTS} places for namespaces are taken.`, `Look into ${ROOT}.`);
    mkdirSync(free.folder, { mode: 0o700 });
    const owner = { ...thisProcess(), testbed, since: new Date().toISOString() };
    writeFileSync(join(free.folder, "owner.json"), JSON.stringify(owner));
    return free;
  } finally {
    lock.release();
  }
}

/** Never throws. */
export function releaseSlot({ folder, prefix }: Slot): void {
  removeNamespaces(prefix);
  rmSync(folder, { recursive: true, force: true });
}

/** Addresses are of 198.18.0.0/15, which RFC 2544, appendix C.2.2, sets aside for benchmarks. */
function slotOf(number: number): Slot {
  return {
    folder: join(ROOT, String(number)),
    prefix: `nicbench${number}-`,
    interfacePrefix: `nb${number}m`,
    network: `198.19.${number}`,
  };
}

const LOCK_TIMEOUT_MS = 10_000;
const LOCK_POLL_MS = 50;

/** Held for moments only, so that two runs do not both take over what a third has left. */
async function lockSlots(): Promise<Lock> {
  try {
    mkdirSync(ROOT, { recursive: true, mode: 0o755 });
    const deadline = performance.now() + LOCK_TIMEOUT_MS;
    for (;;) {
      try {
        return await lockRun(ROOT);
      } catch (error) {
        if (codeOf(error) !== "RUN_LOCKED" || performance.now() > deadline) throw error;
      }
      await pause(LOCK_POLL_MS);
    }
  } catch (error) {
    throw new UserError("NETNS_FOLDER", `Namespaces cannot be noted: ${messageOf(error)}`, `Check ${ROOT}.`);
  }
}

const ownerSchema = z.object({ pid: z.number(), started: z.string() });

function hasOwner({ folder }: Slot): boolean {
  try {
    return isAlive(ownerSchema.parse(JSON.parse(readFileSync(join(folder, "owner.json"), "utf8"))));
  } catch {
    return false;
  }
}
