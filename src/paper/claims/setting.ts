/** What an operator needs to be evaluated, and which of the run's points it is about. */
import type { ReferenceTable } from "../reference/table.js";
import type { Where } from "../language/values.js";
import { notTestable, type Finding } from "./finding.js";
import type { PointView } from "./points.js";
import { absentIn, matching, narrow } from "./select.js";

export interface Setting {
  /** All points of the run. */
  readonly points: readonly PointView[];
  /** The claim's own `where`. */
  readonly where: Where;
  /** Parameters that do not tell points apart. */
  readonly ignore: readonly string[];
  readonly references: ReadonlyMap<string, ReferenceTable>;
}

export interface Scope {
  readonly points: readonly PointView[];
  /** One finding if the conditions name values that the run does not have. */
  readonly lacking: readonly Finding[];
}

/** Points that meet the claim's conditions and the operator's. */
export function scopeOf({ points, where }: Setting, own: Where = {}): Scope {
  const claimed = narrow(matching(points, where), where);
  const met = narrow(matching(claimed, own), own);
  const absent = [...absentIn(where, points, claimed), ...absentIn(own, claimed, met)];
  return { points: met, lacking: absent.length === 0 ? [] : [notTestable(absent.join(", "))] };
}
