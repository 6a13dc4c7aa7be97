/** Every published statement, written as a claim. */
import { readFileSync } from "node:fs";
import { parseClaims, type Claim } from "../../src/paper/language/claim.js";
import { yaml } from "./run.js";

/** As written in `statements.yaml`. */
export function writtenStatements(): readonly Readonly<Record<string, unknown>>[] {
  const list = yaml(readFileSync(new URL("statements.yaml", import.meta.url), "utf8")) as Readonly<
    Record<string, unknown>
  >[];
  return list.map((claim) => ({ says: "a published statement", ...claim }));
}

export function statements(): ReadonlyMap<string, Claim> {
  return new Map(parseClaims(writtenStatements()).map((claim) => [claim.id, claim]));
}
