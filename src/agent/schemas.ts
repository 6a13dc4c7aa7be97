/** The protocol's types as schemas: both sides check whatever comes over the pipe. */
import { z } from "zod";
import type { AgentMethods, MethodName } from "./protocol.js";

export type Schemas<Part extends "params" | "result"> = {
  readonly [M in MethodName]: z.ZodType<AgentMethods[M][Part]>;
};

export const count = z.number().int().nonnegative();
export const amount = z.number().nonnegative();
export const empty = z.object({});
