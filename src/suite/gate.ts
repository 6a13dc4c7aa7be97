/** The rules of `nicbench gate` as a suite writes them. */
import { z } from "zod";
import type { Params } from "../results/model.js";
import type { GateRule } from "./model.js";
import { resolveWhere } from "./plots.js";
import { gateSchema, type SuiteFile } from "./schema.js";

type WrittenRules = NonNullable<SuiteFile["gate"]>;

export function gateRules(written: WrittenRules, points: readonly { readonly params: Params }[]): readonly GateRule[] {
  return written.map(({ metric, worse_by, confidence, where }) => ({
    metric,
    worseBy: worse_by,
    confidence,
    ...(where === undefined ? {} : { where: resolveWhere(where, points) }),
  }));
}

const suiteWithGate = z.object({ gate: z.array(gateSchema).default([]) });

/** The rules of a suite as its run keeps it (`suite.resolved`); none if another version wrote what this cannot read. */
export function gateRulesOf(resolved: unknown, points: readonly { readonly params: Params }[]): readonly GateRule[] {
  return gateRules(suiteWithGate.safeParse(resolved).data?.gate ?? [], points);
}
