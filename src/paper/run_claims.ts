/** The claims of a run's suite, judged by what the run measured. */
import { z } from "zod";
import { UserError } from "../errors.js";
import type { ClaimVerdict, RunManifest, Summary } from "../results/model.js";
import { evaluateClaims, referencesIn, type ClaimResult } from "./claims/evaluate.js";
import { parseClaims, type Claim } from "./language/claim.js";
import { loadReference, referenceRoot } from "./reference/load.js";
import type { ReferenceTable } from "./reference/table.js";

/**
 * Verdicts in the order of the suite; none of a shard. Claims that this version cannot read, as another one wrote them, are not
 * testable; a published table that cannot be read makes those not testable that need it.
 */
export async function judgeRun(
  manifest: RunManifest,
  summary: Summary,
  root = referenceRoot,
): Promise<readonly ClaimResult[]> {
  if (manifest.shard !== undefined) return []; // a part of the points would judge of the whole
  const written = claimsOf(manifest);
  const claims = readable(written);
  if (typeof claims === "string") return unreadable(written, claims);
  return evaluateClaims(claims, summary, manifest, await tablesByName(referencesIn(claims), root));
}

/** The same as `summary.json` keeps it. */
export async function claimVerdicts(manifest: RunManifest, summary: Summary): Promise<readonly ClaimVerdict[]> {
  return verdictsOf(await judgeRun(manifest, summary));
}

/** Ids of the points on which claims rest that more trials could decide. */
export async function pointsOfOpenClaims(manifest: RunManifest, summary: Summary): Promise<ReadonlySet<string>> {
  const results = await judgeRun(manifest, summary);
  return new Set(results.filter(({ verdict }) => verdict === "inconclusive").flatMap(({ points }) => points));
}

export function verdictsOf(results: readonly ClaimResult[]): readonly ClaimVerdict[] {
  return results.map(({ id, verdict, evidence }) => ({ id, verdict, evidence }));
}

/** Published tables by name; those that cannot be read are left out. */
export async function tablesByName(
  names: Iterable<string>,
  root = referenceRoot,
): Promise<ReadonlyMap<string, ReferenceTable>> {
  const tables = new Map<string, ReferenceTable>();
  for (const name of new Set(names)) {
    const table = await tableIfReadable(name, root);
    if (table !== undefined) tables.set(name, table);
  }
  return tables;
}

const suiteWithClaims = z.object({ claims: z.array(z.unknown()).default([]) });

function claimsOf({ suite }: RunManifest): readonly unknown[] {
  return suiteWithClaims.safeParse(suite.resolved).data?.claims ?? [];
}

/** The claims, or why they cannot be read. */
function readable(written: readonly unknown[]): readonly Claim[] | string {
  try {
    return parseClaims(written);
  } catch (error) {
    if (error instanceof UserError) return error.message.replaceAll(/\s+/g, " ");
    throw error;
  }
}

const named = z.object({ id: z.string(), says: z.string() });

function unreadable(written: readonly unknown[], why: string): readonly ClaimResult[] {
  return written.map((claim, index) => {
    const { id, says } = named.safeParse(claim).data ?? { id: `claim ${index + 1}`, says: "" };
    return { id, says, verdict: "not testable here", evidence: why, details: [], points: [], tags: [] };
  });
}

async function tableIfReadable(name: string, root: string): Promise<ReferenceTable | undefined> {
  try {
    return await loadReference(name, root);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
