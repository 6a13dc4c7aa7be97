/** Checks the claims of a suite when it is loaded, so that a misspelt metric is no surprise after an hour of trials. */
import type { MetricDefinition } from "../../results/model.js";
import { parseQuantity } from "../../units.js";
import { check } from "../../yaml/check.js";
import { keyPlaceOf, placeOf, type Located, type Path } from "../../yaml/located.js";
import { didYouMean } from "../../yaml/nearest.js";
import { dotted, quote, type Problem } from "../../yaml/problems.js";
import { claimsSchema, locatedClaims, type Claim } from "./claim.js";
import { mentions, type Mention } from "./mentions.js";
import { threshold, thresholdExample } from "./threshold.js";
import { parseFactor, type Quantity } from "./values.js";

export interface ClaimContext {
  readonly metrics: readonly Pick<MetricDefinition, "name" | "unit">[];
  /** Dotted names of the points' parameters, swept and fixed. */
  readonly parameters: Iterable<string>;
  /** Names of the published tables that there are; unknown ones are not reported without it. */
  readonly references?: Iterable<string>;
}

/**
 * Everything wrong with a suite's claims: shape, names of metrics and parameters, units of limits, repeated ids.
 * Values of parameters are not checked: a variant of the suite may sweep others, and a claim about a value that
 * the run lacks is not testable, which its evidence says.
 *
 * @param claims the located node of the suite's `claims` (then problems have line and column), or plain data
 */
export function checkClaims(claims: unknown, context: ClaimContext): readonly Problem[] {
  const node = locatedClaims(claims);
  const checked = check(claimsSchema, node);
  if (!checked.ok) return checked.problems.map((problem) => ({ ...problem, path: `claims${dot(problem.path)}` }));
  const names = { ...context, parameters: [...context.parameters], references: [...(context.references ?? [])] };
  const problems = checked.value.flatMap((claim, index) => problemsOf(claim, names).map(placed(node, index)));
  return [...problems, ...repeatedIds(node, checked.value)];
}

interface Names extends ClaimContext {
  readonly parameters: readonly string[];
  readonly references: readonly string[];
}

interface Fault {
  readonly path: Path;
  readonly message: string;
  /** The fault is in the key, not in its value. */
  readonly inKey: boolean;
}

function placed(node: Located, index: number): (fault: Fault) => Problem {
  return ({ path, message, inKey }) => {
    const whole = [index, ...path];
    return { place: (inKey ? keyPlaceOf : placeOf)(node, whole), path: `claims${dotted(whole)}`, message };
  };
}

function problemsOf(claim: Claim, names: Names): readonly Fault[] {
  return mentions(claim).flatMap((mention) => {
    const message = complaintAbout(mention, names);
    if (message === undefined) return [];
    return [{ path: mention.path, message, inKey: mention.kind === "parameter" && mention.inKey }];
  });
}

function complaintAbout(mention: Mention, names: Names): string | undefined {
  switch (mention.kind) {
    case "metric":
      return unknownName(mention.name, "metric", namesOf(names.metrics));
    case "parameter":
      return unknownName(mention.name, "parameter", names.parameters);
    case "series":
      return names.references.length === 0 ? undefined : unknownName(mention.name, "published table", names.references);
    case "limit":
      return wrongLimit(mention.written, mention.metric, names.metrics);
    case "factor":
      return wrongNumber(mention.written, parseFactor, "is not a factor; write 10 or 10x");
    case "place":
      return wrongNumber(mention.written, parseQuantity, "is not a number; write 56k or 8");
  }
}

function namesOf(metrics: ClaimContext["metrics"]): readonly string[] {
  return metrics.map(({ name }) => name);
}

function wrongNumber(written: Quantity, read: (text: string) => unknown, message: string): string | undefined {
  const isNumber = typeof written === "number" || read(written) !== undefined;
  return isNumber ? undefined : `${quote(written)} ${message}`;
}

function unknownName(name: string, what: string, known: readonly string[]): string | undefined {
  if (known.includes(name)) return undefined;
  const guess = didYouMean(name, known);
  return `${quote(name)} is no ${what}${guess}${guess === "" ? ";" : ""} there are: ${known.join(", ")}`;
}

/** Nothing for a metric that is unknown: that is said already. */
function wrongLimit(written: Quantity, metric: string, metrics: ClaimContext["metrics"]): string | undefined {
  const unit = metrics.find(({ name }) => name === metric)?.unit;
  if (unit === undefined || threshold(written, unit) !== undefined) return undefined;
  return `${quote(written)} does not fit ${metric}, which is in ${unit}; write ${thresholdExample(unit)}`;
}

function repeatedIds(node: Located, claims: readonly Claim[]): readonly Problem[] {
  const ids = claims.map(({ id }) => id);
  return claims.flatMap(({ id }, index) =>
    ids.indexOf(id) === index
      ? []
      : [
          {
            place: placeOf(node, [index, "id"]),
            path: `claims[${index}].id`,
            message: `${quote(id)} is the id of an earlier claim too`,
          },
        ],
  );
}

function dot(path: string): string {
  return path === "" || path.startsWith("[") ? path : `.${path}`;
}
