/** Parses located trees with zod, and turns its issues into sentences that say what to write instead. */
import { z } from "zod";
import { keyPlaceOf, placeOf, plain, type Located } from "./located.js";
import { didYouMean } from "./nearest.js";
import { dotted, quote, type Problem } from "./problems.js";

export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Parses a located tree with a zod schema; problems keep the place where each value was written. */
export function check<T>(schema: z.ZodType<T>, node: Located): Checked<T> {
  const result = schema.safeParse(plain(node), { error: explain });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problems: result.error.issues.flatMap(flatten).flatMap((issue) => locate(issue, node)) };
}

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;
type TooSmall = Extract<RawIssue, { code: "too_small" }>;
type TooBig = Extract<RawIssue, { code: "too_big" }>;

/** Stands for "see the branches" until {@link flatten} has chosen one. */
const UNION = "";

/** zod's error map: what is wrong and what to write instead. */
function explain(issue: RawIssue): string | undefined {
  const given = quote(issue.input);
  const missing = issue.input === undefined;
  switch (issue.code) {
    case "invalid_type":
      return missing ? `missing; write ${kindOf(issue.expected)}` : `${given} is not ${kindOf(issue.expected)}`;
    case "invalid_value":
      return missing ? `missing; write ${oneOf(issue.values)}` : wrongChoice(issue.input, issue.values);
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(key, knownKeys(issue.inst))).join("\n");
    case "invalid_union":
      return issue.discriminator === undefined
        ? UNION
        : wrongDiscriminator(issue.input, issue.discriminator, issue.options);
    case "too_small":
      return tooSmall(given, issue);
    case "too_big":
      return tooBig(given, issue);
    case "invalid_key":
    case "invalid_element":
      return issue.issues[0]?.message;
    default:
      return undefined;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list such as [a, b]",
  object: "a map such as { key: value }",
  record: "a map such as { key: value }",
};

function kindOf(expected: string): string {
  return KINDS[expected] ?? expected;
}

function oneOf(values: readonly unknown[]): string {
  const names = values.map(String);
  return names.length === 1 ? `${names[0]}` : `one of ${names.join(", ")}`;
}

function wrongChoice(input: unknown, values: readonly unknown[]): string {
  const names = values.map(String);
  const guess = typeof input === "string" ? didYouMean(input, names) : "";
  return `${quote(input)} is not ${oneOf(values)}${guess}`;
}

function wrongDiscriminator(input: unknown, key: string, allowed: unknown): string {
  const options: readonly unknown[] = Array.isArray(allowed) ? allowed : [];
  const value: unknown = typeof input === "object" && input !== null ? Reflect.get(input, key) : undefined;
  return value === undefined ? `missing; write ${oneOf(options)}` : wrongChoice(value, options);
}

/** `unknown key; did you mean 'duration'? Known: warmup, duration` */
export function unknownKey(key: string, known: readonly string[]): string {
  const guess = didYouMean(key, known);
  const list = known.length === 0 ? "" : `${guess === "" ? ";" : ""} known: ${known.join(", ")}`;
  return `unknown key ${quote(key)}${guess}${list}`;
}

function knownKeys(schema: unknown): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function tooSmall(given: string, { origin, minimum, inclusive }: TooSmall): string {
  if (origin === "array") return `needs at least ${minimum} ${minimum === 1 ? "value" : "values"}`;
  if (origin === "string")
    return minimum === 1 ? "must not be empty" : `${given} is shorter than ${minimum} characters`;
  return `${given} is too small; write a number ${inclusive === false ? "above" : "of at least"} ${minimum}`;
}

function tooBig(given: string, { origin, maximum, inclusive }: TooBig): string {
  if (origin === "array") return `has more than ${maximum} values`;
  if (origin === "string") return `${given} is longer than ${maximum} characters`;
  return `${given} is too large; write a number ${inclusive === false ? "below" : "of at most"} ${maximum}`;
}

/** Replaces a union's issue by those of the branch that the value came closest to. */
function flatten(issue: Issue): readonly Issue[] {
  if (issue.code !== "invalid_union" || issue.message !== UNION) return [issue];
  const branches = issue.errors.map((branch) => branch.flatMap(flatten));
  const plausible = branches.filter((branch) => branch.every(isInside)).sort((a, b) => weight(a) - weight(b));
  const [best] = plausible;
  if (best === undefined)
    return [{ ...issue, message: joinRefusals(branches.flat().filter((inner) => !isInside(inner))) }];
  return best.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** False if the branch refuses the value as a whole, rather than something in it. */
function isInside(issue: Issue): boolean {
  return issue.path.length > 0 || issue.code === "unrecognized_keys";
}

function weight(branch: readonly Issue[]): number {
  return branch.reduce((sum, issue) => sum + (issue.code === "unrecognized_keys" ? issue.keys.length : 1), 0);
}

/** `'x' is not a rate; write 5Mpps` and `'x' is not max` as one sentence: `…; write 5Mpps, or max`. */
function joinRefusals(issues: readonly Issue[]): string {
  const order = [...issues].sort((a, b) => Number(b.code === "custom") - Number(a.code === "custom"));
  const [first = "is not valid", ...others] = new Set(order.map(({ message }) => message));
  const [subject = ""] = /^(.* is not |missing; write )/.exec(first) ?? [];
  const rest = others.map((message) => (message.startsWith(subject) ? message.slice(subject.length) : message));
  return [first, ...rest].join(", or ");
}

function locate(issue: Issue, node: Located): readonly Problem[] {
  if (issue.code !== "unrecognized_keys") {
    const place = issue.code === "invalid_key" ? keyPlaceOf(node, issue.path) : placeOf(node, issue.path);
    return [{ place, path: dotted(issue.path), message: issue.message }];
  }
  const messages = issue.message.split("\n");
  return issue.keys.map((key, index) => ({
    place: keyPlaceOf(node, [...issue.path, key]),
    path: dotted(issue.path),
    message: messages[index] ?? issue.message,
  }));
}
