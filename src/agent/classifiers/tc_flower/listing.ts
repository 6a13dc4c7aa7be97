/** What `tc -s -j filter show` says. */
import { z } from "zod";
import { summaryOf } from "./words.js";
import type { ListedRule } from "../classifier.js";

const actionSchema = z.looseObject({
  kind: z.string(),
  control_action: z.looseObject({ type: z.string() }).optional(),
  mark: z.number().optional(),
  queue_mapping: z.number().optional(),
  stats: z.looseObject({ packets: z.number() }).optional(),
});

const listingSchema = z.array(
  z.looseObject({
    kind: z.string(),
    pref: z.number(),
    chain: z.number().default(0),
    options: z
      .looseObject({
        handle: z.number(),
        keys: z.record(z.string(), z.unknown()).default({}),
        actions: z.array(actionSchema).default([]),
      })
      .optional(),
  }),
);

type ListedAction = z.output<typeof actionSchema>;

/** Filters of flower; the entries of mere preferences, without options, are left out. */
export function listedFilters(json: string): readonly ListedRule[] {
  return listingSchema.parse(JSON.parse(json)).flatMap(({ kind, pref, chain, options }) => {
    if (kind !== "flower" || options === undefined) return [];
    const { handle, keys, actions } = options;
    const told = Object.entries(keys).map(([key, value]) => `${key}=${String(value)}`);
    return [
      {
        text: summaryOf({ chain, pref, handle }, told, actions.flatMap(summaryOfAction)),
        id: handle - 1,
        // All frames of a filter come to its first action.
        frames: actions[0]?.stats?.packets ?? 0,
      },
    ];
  });
}

function summaryOfAction({ kind, control_action: end, mark, queue_mapping: queue }: ListedAction): readonly string[] {
  if (kind === "gact" && end !== undefined && (end.type === "pipe" || end.type === "drop")) return [end.type];
  if (kind !== "skbedit") return [];
  return queue === undefined ? [`mark=${mark ?? 0}`] : [`queue_mapping=${queue}`];
}
