/** Every name and limit that a claim mentions, with its path inside the claim. */
import type { Path } from "../../yaml/located.js";
import { operatorOf, type Claim, type Expect, type Operator } from "./claim.js";
import { BOUND_KEYS, type BoundsOf, type Quantity } from "./values.js";

export type Mention =
  | { readonly kind: "metric"; readonly path: Path; readonly name: string }
  | { readonly kind: "parameter"; readonly path: Path; readonly name: string; readonly inKey: boolean }
  | { readonly kind: "series"; readonly path: Path; readonly name: string }
  /** A limit in the unit of a metric. */
  | { readonly kind: "limit"; readonly path: Path; readonly metric: string; readonly written: Quantity }
  | { readonly kind: "factor"; readonly path: Path; readonly written: Quantity }
  /** A value of the parameter that is walked along. */
  | { readonly kind: "place"; readonly path: Path; readonly written: Quantity };

export function mentions({ expect, where, ignore = [] }: Claim): readonly Mention[] {
  const ignored = ignore.map(
    (name, index) => ({ kind: "parameter", path: ["ignore", index], name, inKey: false }) as const,
  );
  return [...keysOf(where, ["where"]), ...ignored, ...inExpect(expect, ["expect"])];
}

function inExpect(expect: Expect, path: Path): readonly Mention[] {
  const operator = operatorOf(expect);
  const inside = [...path, operator.name];
  switch (operator.name) {
    case "all":
    case "any":
      return operator.body.flatMap((part, index) => inExpect(part, [...inside, index]));
    case "not":
      return inExpect(operator.body, inside);
    case "untestable":
      return [];
    default:
      return [...shared(operator.body, inside), ...special(operator, inside)];
  }
}

/** The keys that mean the same wherever they stand. */
interface SharedKeys {
  readonly metric: string;
  readonly across?: string | undefined;
  readonly along?: string | undefined;
  readonly where?: object | undefined;
  readonly of?: object | undefined;
  readonly to?: object | undefined;
}

function shared(body: SharedKeys, path: Path): readonly Mention[] {
  const parameters = (["across", "along"] as const).flatMap((key) => {
    const name = body[key];
    return name === undefined ? [] : [{ kind: "parameter", path: [...path, key], name, inKey: false } as const];
  });
  const selections = (["where", "of", "to"] as const).flatMap((key) => keysOf(body[key], [...path, key]));
  return [{ kind: "metric", path: [...path, "metric"], name: body.metric }, ...parameters, ...selections];
}

function keysOf(selection: object | undefined, path: Path): readonly Mention[] {
  const names = Object.keys(selection ?? {});
  return names.map((name) => ({ kind: "parameter", path: [...path, name], name, inKey: true }));
}

function special(operator: Exclude<Operator, { name: "all" | "any" | "not" | "untestable" }>, path: Path): Mention[] {
  switch (operator.name) {
    case "within":
      return limits(operator.body, path).map((limit) => ({ kind: "limit", metric: operator.body.metric, ...limit }));
    case "knee":
      return inKnee(operator.body, path);
    case "cliff": {
      const { between = [], same_place_as: other } = operator.body;
      return [
        ...between.map((written, index) => ({ kind: "place" as const, path: [...path, "between", index], written })),
        ...(other === undefined ? [] : shared(other, [...path, "same_place_as"])),
      ];
    }
    case "published":
      return [{ kind: "series", path: [...path, "series"], name: operator.body.series }];
    default:
      return [];
  }
}

function inKnee(body: Extract<Operator, { name: "knee" }>["body"], path: Path): Mention[] {
  const kind = body.to === undefined ? ("place" as const) : ("factor" as const);
  const levels = (["falls_to", "rises_to"] as const).flatMap((key): Mention[] => {
    const written = body[key];
    if (written === undefined || typeof written === "object") return [];
    return [{ kind: "limit", path: [...path, key], metric: body.metric, written }];
  });
  return [...levels, ...limits(body, path).map((limit) => ({ kind, ...limit }))];
}

interface Limit {
  readonly path: Path;
  readonly written: Quantity;
}

function limits(bounds: BoundsOf<Quantity>, path: Path): readonly Limit[] {
  return BOUND_KEYS.flatMap((key): Limit[] => {
    const written = bounds[key];
    if (written === undefined) return [];
    if (typeof written !== "object") return [{ path: [...path, key], written }];
    return written.map((end, index) => ({ path: [...path, key, index], written: end }));
  });
}
