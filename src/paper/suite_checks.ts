/** What the suite loader must know of claims and published tables, and cannot import: they are above it. */
import type { ClaimChecker } from "../suite/load.js";
import { checkClaims } from "./language/check.js";
import { listReferences, referenceRoot } from "./reference/load.js";

export interface SuiteChecks {
  readonly checkClaims: ClaimChecker;
  /** Names of the published tables. */
  readonly references: readonly string[];
}

/** To be spread into the options of `loadSuite`. */
export async function suiteChecks(root = referenceRoot): Promise<SuiteChecks> {
  const references = await listReferences(root);
  return { references, checkClaims: (claims, names) => checkClaims(claims, { ...names, references }) };
}
