/** What a suite says of a point of `rules.rate`. */
import { z } from "zod";
import { countSchema } from "../../units.js";
import { operationSchema } from "./operation.js";
import { refuseOverfull, ruleSetFields } from "./rule_set.js";

const SOFTNIC_BATCH = 64;
const NFTABLES_BATCH = 10_000;

const rateObject = z.strictObject({
  ...ruleSetFields,
  classifier: z
    .enum(["softnic", "nftables"])
    .default("softnic")
    .describe(
      "What holds the rules. softnic: nicbench's own software NIC, on any host. nftables: the kernel, on the netdev ingress " +
        "hook, in a network namespace made for the trial; needs root and nft. Default softnic.",
    ),
  nftables_form: z
    .enum(["rules", "sets"])
    .default("sets")
    .describe(
      "How nftables holds rules. sets: as elements of a verdict map. rules: as an nft rule each. Without effect on other " +
        "classifiers. Default sets.",
    ),
  operation: operationSchema,
  operations: countSchema({ min: 1, max: 16_000_000 })
    .default(10_000)
    .describe(
      "Changes of one round, from the point's number of rules: up with insert, down with delete. Rounds repeat until " +
        "trial.duration is over; undoing them is not timed. Default 10k.",
    ),
  batch: countSchema({ min: 1, max: NFTABLES_BATCH })
    .default(1)
    .describe(
      `Rules handed over at once; 1: single calls. softnic takes up to ${SOFTNIC_BATCH}, nftables up to 10k in one transaction. ` +
        "Default 1.",
    ),
});

export const rateParameters = rateObject.superRefine(refuseOverfull).superRefine((point, context) => {
  const { classifier, rules, operation, operations, batch } = point;
  const refuse = (key: keyof typeof point, message: string): void => {
    context.addIssue({ code: "custom", path: [key], message, input: point[key] });
  };
  if (classifier === "softnic" && batch > SOFTNIC_BATCH)
    refuse("batch", `must be at most ${SOFTNIC_BATCH} with softnic`);
  if (operation === "insert") return;
  if (rules === 0) refuse("rules", `must be above 0: ${operation} needs rules that are there`);
  else if (operation === "delete" && operations > rules) refuse("operations", `must be at most rules (${rules})`);
});

export type RateParameters = z.output<typeof rateObject>;
