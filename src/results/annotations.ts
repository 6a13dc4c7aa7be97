/** `annotations.json`: what people say about a run. Beside what was measured, so that saying it changes nothing of that. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { codeOf, UserError } from "../errors.js";
import { onStorage, writeWhole } from "./storage.js";

export interface Annotations {
  /** Sorted, each once. */
  readonly tags: readonly string[];
  /** Empty where there is none. */
  readonly note: string;
}

const TAG = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/;

const schema = z.object({
  schema: z.literal(1),
  tags: z.array(z.string().regex(TAG)),
  note: z.string(),
});

/** @throws {UserError} ANNOTATIONS_DAMAGED */
export async function readAnnotations(directory: string): Promise<Annotations> {
  const file = fileOf(directory);
  try {
    const { tags, note } = schema.parse(JSON.parse(await readFile(file, "utf8")));
    return { tags, note };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return { tags: [], note: "" };
    const hint = "Mend it, or remove it: it holds tags and a note, nothing that was measured.";
    throw new UserError("ANNOTATIONS_DAMAGED", `${file} is damaged.`, hint, { cause: error });
  }
}

/** @throws {UserError} TAG_INVALID, ANNOTATIONS_DAMAGED, RESULTS_READ_ONLY and others of storage */
export async function addTags(directory: string, tags: readonly string[]): Promise<Annotations> {
  for (const tag of tags) if (!TAG.test(tag)) throw invalidTag(tag);
  return change(directory, (before) => ({ ...before, tags: [...before.tags, ...tags] }));
}

/** Those that the run does not have are left alone. */
export async function removeTags(directory: string, tags: readonly string[]): Promise<Annotations> {
  return change(directory, (before) => ({ ...before, tags: before.tags.filter((tag) => !tags.includes(tag)) }));
}

/** @param note empty to have none */
export async function setNote(directory: string, note: string): Promise<Annotations> {
  return change(directory, (before) => ({ ...before, note: note.trim() }));
}

async function change(directory: string, edit: (before: Annotations) => Annotations): Promise<Annotations> {
  const { tags, note } = edit(await readAnnotations(directory));
  const after = { tags: [...new Set(tags)].sort(), note };
  const file = fileOf(directory);
  await onStorage(file, () => writeWhole(file, `${JSON.stringify({ schema: 1, ...after }, null, 2)}\n`));
  return after;
}

function fileOf(directory: string): string {
  return join(directory, "annotations.json");
}

function invalidTag(tag: string): UserError {
  return new UserError(
    "TAG_INVALID",
    `'${tag}' cannot be a tag.`,
    "Letters, digits, dots, dashes, underscores and slashes, 64 at most, a letter or digit first. Longer text: nicbench runs note",
  );
}
