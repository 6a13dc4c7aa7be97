/** Where bars stand within their group: each published one beside the measured one that it corresponds to. */
import { labelsInOrder } from "../dimensions.js";
import { strangersIn, type Published, type PublishedValue } from "../published.js";
import type { PointSummary } from "../../results/model.js";
import type { DrawRequest, Row } from "./chart.js";

export interface Slots {
  /** Field of the rows that tells the place. */
  readonly field: "series" | "slot";
  readonly order: readonly string[];
  ofPoint(point: PointSummary): Row;
  ofValue(value: PublishedValue): Row;
}

export function slotsOf({ layout, points }: DrawRequest, published: Published | undefined): Slots {
  const series = labelsInOrder(layout.color, points);
  const values = published?.values ?? [];
  if (values.length === 0) return { field: "series", order: series, ofPoint: () => ({}), ofValue: () => ({}) };
  const labels = series.length === 0 ? [""] : series;
  const strangers = strangersIn(published);
  const twins = twinNumbers(values);
  const slot = (value: PublishedValue): string =>
    value.matched
      ? `${labels.indexOf(value.series)} published ${twins.get(value) ?? 0}`
      : `published ${strangers.indexOf(value.name)}`;
  const used = new Set(values.map(slot));
  const most = Math.max(...twins.values());
  const besides = (i: number): readonly string[] => Array.from({ length: most + 1 }, (_, k) => `${i} published ${k}`);
  const all = [...labels.flatMap((_, i) => [String(i), ...besides(i)]), ...strangers.map((_, i) => `published ${i}`)];
  return {
    field: "slot",
    order: all.filter((name) => used.has(name) || !name.includes("published")),
    ofPoint: (point) => ({ slot: String(labels.indexOf(layout.color?.label(point) ?? "")) }),
    ofValue: (value) => ({ slot: slot(value) }),
  };
}

/** Numbers values that would stand at the same place. */
function twinNumbers(values: readonly PublishedValue[]): ReadonlyMap<PublishedValue, number> {
  const seen = new Map<string, number>();
  return new Map(
    values.map((value) => {
      const key = JSON.stringify([value.panel, value.series, value.x, value.matched ? "" : value.name]);
      const number = seen.get(key) ?? 0;
      seen.set(key, number + 1);
      return [value, number];
    }),
  );
}
