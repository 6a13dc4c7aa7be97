/** Rules that a suite lists, in a file or by the name of a filter set: what goes with them, and why a classifier cannot hold them. */
import { z } from "zod";
import { UserError } from "../../errors.js";
import { unsupportedRule } from "../../agent/classifiers/listed/supported.js";
import { FILTER_SETS, filterProfile } from "../../rules/filter_sets/profiles.js";
import { RULE_FILE } from "../../rules/file_name.js";
import { MOST_LISTED, readRuleFile } from "../../rules/rule_file.js";
import { listedRules, prepareList } from "../../agent/classifiers/listed/list.js";
import { countSchema } from "../../units.js";
import type { ClassifierName, RuleSource } from "../../agent/protocol.js";
import type { Traffic } from "../traffic/parameters.js";

/** @param most of a number */
export const rulesSchema = (most: number) => {
  const number = countSchema({ max: most });
  const file = z.string().regex(RULE_FILE, { abort: true });
  const error = ({ input }: { readonly input: unknown }): string =>
    `${number.safeParse(input).error?.issues[0]?.message ?? ""}; or name a file of rules such as acl.rules`;
  return z.union([number, file], { error });
};

export const filterSetSchema = z
  .enum(FILTER_SETS)
  .describe(
    "Rules drawn from the seed in the manner of ClassBench, as many as rules says, instead of match, actions, tables and masks. " +
      `${FILTER_SETS.map((name) => `${name}: ${filterProfile(name).title}`).join(". ")}. Each has a priority of its own.`,
  );

/** What of a point says that its rules are listed. */
export interface ListedPoint {
  readonly rules: number | string;
  readonly filter_set?: (typeof FILTER_SETS)[number] | undefined;
}

export function sourceOf({ rules, filter_set }: ListedPoint): RuleSource | undefined {
  if (typeof rules === "string") return { rulesFile: rules };
  return filter_set === undefined ? undefined : { filterSet: filter_set };
}

/** As they are listed; a classifier may need more for them. */
export function rulesOf({ rules }: Pick<ListedPoint, "rules">): number {
  return typeof rules === "string" ? readRuleFile(rules).rules.length : rules;
}

type Refuse = (path: readonly string[], message: string, input: unknown) => void;

/** What a list says itself, or a list cannot have. */
export function refuseBesideList(
  point: ListedPoint & {
    readonly tables: number;
    readonly match: string;
    readonly actions: string;
    readonly masks?: number | undefined;
  },
  refuse: Refuse,
): void {
  if (sourceOf(point) === undefined) return;
  const { rules, filter_set, tables, match, actions, masks } = point;
  if (typeof rules === "string" && filter_set !== undefined)
    refuse(["filter_set"], "has no effect with a file of rules; remove it, or write how many rules", filter_set);
  if (typeof rules === "number" && rules > MOST_LISTED)
    refuse(["rules"], `must be at most ${MOST_LISTED} of a filter set`, rules);
  if (rules === 0) refuse(["rules"], "must be above 0 for a filter set", rules);
  const own = {
    tables: tables === 0 ? undefined : tables,
    match: match === "eth/ipv4" ? undefined : match,
    actions: actions === "queue" ? undefined : actions,
    masks,
  };
  for (const [key, value] of Object.entries(own))
    if (value !== undefined) refuse([key], "has no effect on listed rules, which have their own; remove it", value);
}

/** A capture is made of them, in memory. */
const MOST_TRACE_FLOWS = 1_000_000;

/** Frames for listed rules are a capture that is made for them: what of the traffic it does not have. */
export function refuseBesideTrace(traffic: Traffic<unknown>, refuse: Refuse): void {
  if ("pcap" in traffic) {
    refuse(
      ["match_share"],
      "is for frames that are made for the rules, not for those of a capture; remove it",
      undefined,
    );
    return;
  }
  const { profile, flows, frame_size, ...others } = traffic;
  if (profile !== "uniform")
    refuse(["traffic", "profile"], "must be uniform where frames are made for listed rules", profile);
  if (flows > MOST_TRACE_FLOWS)
    refuse(["traffic", "flows"], `must be at most ${MOST_TRACE_FLOWS} where frames are made for listed rules`, flows);
  if (frame_size !== undefined && typeof frame_size !== "number")
    refuse(["traffic", "frame_size"], "must be one size where frames are made for listed rules", frame_size);
  for (const [key, value] of Object.entries(others))
    if (!["rate", "pacing"].includes(key) && value !== undefined)
      refuse(["traffic", key], "has no effect on frames that are made for listed rules; remove it", value);
}

/** As any other: which rules a filter set has does not depend on it, as far as classifiers can hold them. */
const SEED = 1;

let known: { readonly key: string; readonly problem: string | undefined } | undefined;

/** The first rule that the classifier has no words for, with its line. */
export function listProblem(point: ListedPoint, classifier: ClassifierName | "softnic"): string | undefined {
  const source = sourceOf(point);
  if (source === undefined) return undefined;
  const key = JSON.stringify([source, point.rules, classifier]);
  if (known?.key !== key) known = { key, problem: problemOf(source, rulesOf(point), classifier) };
  return known.problem;
}

function problemOf(source: RuleSource, count: number, classifier: ClassifierName | "softnic"): string | undefined {
  try {
    for (const listed of listedRules(source, count, SEED)) {
      const why = prepareList([listed], classifier)
        .entries.map((entry) => unsupportedRule(entry, classifier))
        .find((each) => each !== undefined);
      if (why === undefined) continue;
      return "rulesFile" in source
        ? `${source.rulesFile}:${listed.line}: ${why}`
        : `rule ${listed.line} of ${source.filterSet}: ${why}`;
    }
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}
