/** What is done to rules, in `rules.storm` and `rules.rate`. */
import { z } from "zod";

export const operationSchema = z
  .enum(["insert", "delete", "update", "replace"])
  .default("insert")
  .describe(
    "insert: new rules. delete: rules that are there. update: new actions for a rule, in place, so that no frame misses it. " +
      "replace: the same by deleting it and inserting it again, as rte_flow does without an update. Default insert.",
  );
