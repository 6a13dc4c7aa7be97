/** The published statements that runs are to confirm or refute: `suites/reference/claims.csv`. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { messageOf, UserError } from "../../errors.js";
import { invalid, records, referenceRoot } from "./load.js";

export interface PublishedStatement {
  /** Such as `HP04`. */
  readonly id: string;
  readonly paper: string;
  /** Figure, table or section. */
  readonly place: string;
  /** In our own words. */
  readonly claim: string;
  readonly quantity: string;
  /** As published; several values where there are several conditions. */
  readonly value: string;
  readonly unit: string;
  readonly condition: string;
  /** What a run on other hardware can be held to. A proposal of this project. */
  readonly shapeCheck: string;
}

/** @throws {UserError} `REFERENCE_INVALID` with file and line */
export async function loadStatements(root = referenceRoot): Promise<readonly PublishedStatement[]> {
  const path = join(root, "claims.csv");
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new UserError("REFERENCE_INVALID", `${path} cannot be read: ${messageOf(error)}`);
  });
  return parseStatements(text, path);
}

/** @throws {UserError} `REFERENCE_INVALID` with the line and what is wrong in it */
export function parseStatements(text: string, path: string): readonly PublishedStatement[] {
  const seen = new Set<string>();
  return records(text, path).map((record, index) => {
    const parsed = rowSchema.safeParse(record);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw invalid(path, index, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "is not valid"}`);
    }
    if (seen.has(parsed.data.id)) throw invalid(path, index, `id: '${parsed.data.id}' stands there twice`);
    seen.add(parsed.data.id);
    const { figure_or_section: place, shape_check: shapeCheck, ...rest } = parsed.data;
    return { ...rest, place, shapeCheck };
  });
}

const text = z.string().min(1);

const rowSchema = z.object({
  id: z.string().regex(/^[A-Z]{2}\d{2}$/),
  paper: text,
  figure_or_section: text,
  claim: text,
  quantity: text,
  value: text,
  unit: z.string(),
  condition: z.string(),
  shape_check: text,
});
