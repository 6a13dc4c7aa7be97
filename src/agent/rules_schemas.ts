/** Parameters of the agent's methods that are about rules. */
import { z } from "zod";
import {
  CLASSIFIERS,
  NFTABLES_FORMS,
  OVS_EMC,
  RTE_FLOW_APIS,
  type ClassifierChoice,
  type RuleSetConfig,
  type StormConfig,
} from "./protocol.js";
import { amount, count } from "./schemas.js";
import { FILTER_SETS } from "../rules/filter_sets/profiles.js";

export const ruleOperation = z.enum(["insert", "delete", "update", "replace"]);

export const ruleSetSchema: z.ZodType<RuleSetConfig> = z.object({
  rules: count,
  tables: count,
  match: z.string(),
  actions: z.string(),
  matchShare: amount,
  matchFrom: z.exactOptional(count),
  drops: z.exactOptional(z.enum(["rest", "updated"])),
  capacity: count,
  seed: count,
  masks: count.positive(),
  source: z.exactOptional(z.union([z.object({ rulesFile: z.string() }), z.object({ filterSet: z.enum(FILTER_SETS) })])),
});

/** Its device may be arguments of DPDK. No word of it is taken for an option. */
const classifierPort = z.object({ io: z.string(), device: z.exactOptional(z.string().regex(/^[A-Za-z0-9_]\S*$/)) });

export const classifierChoice: z.ZodType<ClassifierChoice> = z.object({
  name: z.enum(CLASSIFIERS),
  nftablesForm: z.exactOptional(z.enum(NFTABLES_FORMS)),
  ovsEmc: z.exactOptional(z.enum(OVS_EMC)),
  ovsConntrack: z.exactOptional(z.boolean()),
  rteFlowApi: z.exactOptional(z.enum(RTE_FLOW_APIS)),
  port: z.exactOptional(classifierPort),
  generatorPort: z.exactOptional(classifierPort),
});

export const stormSchema: z.ZodType<StormConfig> = z.object({
  kind: z.enum(["batch", "rate"]),
  operation: ruleOperation,
  size: count,
  at: amount,
  rate: amount,
  core: z.enum(["same", "other"]),
});
