/** One claim of a suite: what the paper says, and what the run must show for it to hold. */
import { z } from "zod";
import { messageOf, UserError } from "../../errors.js";
import { check } from "../../yaml/check.js";
import { problemText } from "../../yaml/problems.js";
import type { Located } from "../../yaml/located.js";
import { toLocated } from "./plain.js";
import {
  cliffSchema,
  kneeSchema,
  linearSchema,
  monotoneSchema,
  orderSchema,
  publishedSchema,
  ratioSchema,
  withinSchema,
  type CliffClaim,
  type KneeClaim,
  type LinearClaim,
  type MonotoneClaim,
  type OrderClaim,
  type PublishedClaim,
  type RatioClaim,
  type WithinClaim,
} from "./operators.js";
import { whereSchema, type Where } from "./values.js";

/** Exactly one of these keys is there. */
export interface Expect {
  readonly order?: OrderClaim | undefined;
  readonly ratio?: RatioClaim | undefined;
  readonly within?: WithinClaim | undefined;
  readonly monotone?: MonotoneClaim | undefined;
  readonly cliff?: CliffClaim | undefined;
  readonly knee?: KneeClaim | undefined;
  readonly linear?: LinearClaim | undefined;
  readonly published?: PublishedClaim | undefined;
  readonly all?: readonly Expect[] | undefined;
  readonly any?: readonly Expect[] | undefined;
  readonly not?: Expect | undefined;
  readonly untestable?: string | undefined;
}

const nested = z.lazy((): z.ZodType<Expect> => expectSchema);

const operators = {
  order: orderSchema.optional(),
  ratio: ratioSchema.optional(),
  within: withinSchema.optional(),
  monotone: monotoneSchema.optional(),
  cliff: cliffSchema.optional(),
  knee: kneeSchema.optional(),
  linear: linearSchema.optional(),
  published: publishedSchema.optional(),
  all: z.array(nested).min(1).optional().describe("All of these hold."),
  any: z.array(nested).min(1).optional().describe("At least one of these holds."),
  not: nested.optional().describe("This does not hold."),
  untestable: z.string().min(1).optional().describe("Why no run can decide the statement."),
};

export const expectSchema: z.ZodType<Expect> = z
  .strictObject(operators)
  .check((context) => {
    const names = Object.keys(context.value);
    const message = names.length === 0 ? `missing; write one of ${Object.keys(operators).join(", ")}` : SECOND_OPERATOR;
    if (names.length !== 1) context.issues.push({ code: "custom", path: names.slice(1, 2), input: names, message });
  })
  .describe("What the run must show: exactly one operator, which may hold others.")
  .meta({ id: "expect", minProperties: 1, maxProperties: 1 });

const SECOND_OPERATOR = "is a second operator beside another; put both into a list: all: [{ … }, { … }]";

export const claimSchema = z
  .strictObject({
    id: z
      .string()
      .min(1)
      .max(64)
      .describe("Id of the claim, such as HP04: that of the published statement, where there is one."),
    says: z.string().min(1).describe("The statement, for people."),
    expect: expectSchema,
    where: whereSchema.optional(),
    ignore: z
      .array(z.string())
      .optional()
      .describe(
        "Parameters that go along with others, such as load_from with load_factor: points that differ in them are compared.",
      ),
    tags: z.array(z.string()).optional().describe("Labels to find claims by; they do not change the verdict."),
  })
  .describe("A statement that the run confirms or refutes.");

export interface Claim {
  readonly id: string;
  readonly says: string;
  readonly expect: Expect;
  readonly where?: Where | undefined;
  readonly ignore?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
}

export const claimsSchema: z.ZodType<readonly Claim[]> = z.array(claimSchema);

/** JSON Schema of a suite's `claims`; its `$defs` hold the recursive part. */
export function claimsJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(claimsSchema, { io: "input", unrepresentable: "any" });
}

/**
 * Claims out of a suite that was loaded, or out of a manifest's resolved suite. Undefined means none.
 *
 * @throws {UserError} `CLAIMS_INVALID` with each problem and its path inside the list
 */
export function parseClaims(claims: unknown): readonly Claim[] {
  const checked = check(claimsSchema, locatedClaims(claims));
  if (checked.ok) return checked.value;
  const problems = checked.problems.map(problemText).join("\n  ");
  throw new UserError("CLAIMS_INVALID", `The claims are not valid:\n  ${problems}`, "See docs/claims.md.");
}

/**
 * The node of a suite's `claims` as it is, or plain data as a tree whose places are all called `claims`.
 *
 * @throws {UserError} `CLAIMS_INVALID` for what JSON cannot hold
 */
export function locatedClaims(claims: unknown): Located {
  if (isLocated(claims)) return claims;
  try {
    return toLocated(claims ?? [], "claims");
  } catch (error) {
    throw new UserError("CLAIMS_INVALID", `The claims are not plain data: ${messageOf(error)}`);
  }
}

/** Claims are a list, so plain ones have no `kind`. */
function isLocated(value: unknown): value is Located {
  return typeof value === "object" && value !== null && "kind" in value && "place" in value;
}

/** The operator of an expectation and what it says. */
export type Operator = {
  [K in keyof Expect]-?: { readonly name: K; readonly body: NonNullable<Expect[K]> };
}[keyof Expect];

/** @throws {TypeError} for an expectation that no schema has seen */
export function operatorOf(expect: Expect): Operator {
  for (const name of Object.keys(operators) as (keyof Expect)[]) {
    const body = expect[name];
    if (body !== undefined) return { name, body } as Operator;
  }
  throw new TypeError("an expectation without operator");
}
