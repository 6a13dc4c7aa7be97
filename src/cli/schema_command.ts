import { z } from "zod";
import { claimsJsonSchema } from "../paper/language/claim.js";
import { experiments } from "../experiments/registry.js";
import { suiteJsonSchema } from "../suite/json_schema.js";
import { testbedSchema } from "../testbed/schema.js";
import { parseChoice } from "./choices.js";

/** @throws {UserError} USAGE */
export function schemaOf(kind: string): unknown {
  const choice = parseChoice(kind, ["suite", "testbed"] as const, "kind of file");
  if (choice === "suite") return suiteJsonSchema(experiments, claimsJsonSchema());
  return { title: "nicbench testbed", ...z.toJSONSchema(testbedSchema, { io: "input", unrepresentable: "any" }) };
}
