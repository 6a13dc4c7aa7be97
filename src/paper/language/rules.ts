/** Rules between the keys of one operator, for zod's `check`. */
import { BOUND_KEYS, boundsProblem } from "./values.js";

interface Checked {
  readonly value: Readonly<Record<string, unknown>>;
  readonly issues: { push(issue: { code: "custom"; path: string[]; input: unknown; message: string }): unknown };
}

function complain({ value, issues }: Checked, path: string[], message: string): void {
  issues.push({ code: "custom", path, input: value, message });
}

export function needsBound(context: Checked): void {
  const problem = boundsProblem(context.value);
  if (problem !== undefined) complain(context, [BOUND_KEYS.find((key) => key in context.value) ?? "at_least"], problem);
}

export function needsOf(context: Checked): void {
  if (context.value["to"] !== undefined && context.value["of"] === undefined) {
    complain(context, ["of"], "missing; `to` needs the other side of the ratio");
  }
}

export const needsDirection = needsOne("falls_by", "rises_by");
export const needsLevel = needsOne("falls_to", "rises_to");
export const needsComparison = needsOne("within", "same_order", "correlation");

/** Exactly one of these keys. */
function needsOne(...keys: readonly string[]): (context: Checked) => void {
  return (context) => {
    const given = keys.filter((key) => context.value[key] !== undefined);
    if (given.length === 0) complain(context, [keys[0] ?? ""], `missing; write one of ${keys.join(", ")}`);
    if (given.length > 1) complain(context, [given[1] ?? ""], `${given.join(" and ")} exclude each other; remove one`);
  };
}
