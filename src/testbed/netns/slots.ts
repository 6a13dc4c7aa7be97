/**
 * Who has made which namespaces: one folder a run under /run/nicbench, with its owner, keys and configurations.
 *
 * A run that is killed cannot clean up; the next one sees that the owner is dead, and removes what is left.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { codeOf, messageOf, UserError } from "../../errors.js";
import { isAlive, thisProcess } from "../../process_identity.js";
import { addressesIn, removeNamespaces, type Slot } from "./namespaces.js";

const ROOT = "/run/nicbench";
const SLOTS = 256;

/** @throws {UserError} NETNS_FOLDER: /run/nicbench cannot be written; NETNS_FULL: all are taken */
export function claimSlot(testbed: string): Slot {
  removeStale();
  const draft = makeDraft(testbed);
  for (let number = 0; number < SLOTS; number += 1) {
    const slot = slotOf(number);
    if (addressesIn(`${slot.network}.0/24`) === "" && rename(draft, slot.folder)) return slot;
  }
  rmSync(draft, { recursive: true });
  throw new UserError("NETNS_FULL", `All ${SLOTS} places for namespaces are taken.`, `Look into ${ROOT}.`);
}

/** Never throws. */
export function releaseSlot({ folder, prefix }: Slot): void {
  removeNamespaces(prefix);
  rmSync(folder, { recursive: true, force: true });
}

/** Addresses are of 198.18.0.0/15, which RFC 2544, appendix C, sets aside for benchmarks. */
function slotOf(number: number): Slot {
  return {
    folder: join(ROOT, String(number)),
    prefix: `nicbench${number}-`,
    interfacePrefix: `nb${number}m`,
    network: `198.19.${number}`,
  };
}

/** Made aside, so that a slot never appears without its owner. */
function makeDraft(testbed: string): string {
  try {
    mkdirSync(ROOT, { recursive: true, mode: 0o755 });
    const draft = mkdtempSync(join(ROOT, "new-"));
    writeFileSync(
      join(draft, "owner.json"),
      JSON.stringify({ ...thisProcess(), testbed, since: new Date().toISOString() }),
    );
    return draft;
  } catch (error) {
    throw new UserError("NETNS_FOLDER", `Namespaces cannot be noted: ${messageOf(error)}.`, `Check ${ROOT}.`);
  }
}

/** False if somebody has it already. */
function rename(draft: string, folder: string): boolean {
  try {
    renameSync(draft, folder);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOTEMPTY" || codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

const ownerSchema = z.object({ pid: z.number(), started: z.string() });

function removeStale(): void {
  for (let number = 0; number < SLOTS; number += 1) {
    const slot = slotOf(number);
    if (names().has(String(number)) && !hasOwner(slot.folder)) releaseSlot(slot);
  }
}

function names(): ReadonlySet<string> {
  try {
    return new Set(readdirSync(ROOT));
  } catch {
    return new Set();
  }
}

function hasOwner(folder: string): boolean {
  try {
    return isAlive(ownerSchema.parse(JSON.parse(readFileSync(join(folder, "owner.json"), "utf8"))));
  } catch {
    return false;
  }
}
