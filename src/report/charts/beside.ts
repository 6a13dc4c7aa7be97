/** What a chart shows beside the measured values: limits, linear scaling, and what was published. */
import { publishedFor, type Published, type PublishedValue } from "../published.js";
import { idealOf, type Ideal } from "./ideal.js";
import { keyEntries, keyLayers } from "./key.js";
import { mostPublished, publishedNotes } from "./published.js";
import { missingRoof, roofOf, type Roof } from "./roof.js";
import type { DrawRequest, Layer } from "./chart.js";

export interface Beside {
  readonly roof: Roof | undefined;
  readonly ideal: Ideal | undefined;
  /** Undefined unless there are values to draw. */
  readonly published: Published | undefined;
  readonly values: readonly PublishedValue[];
  /** Greatest of all, in base units; 0 where there is nothing. */
  readonly most: number;
  readonly notes: readonly string[];
  /** Layers of the legend. */
  readonly key: readonly Layer[];
}

/**
 * @param xName the parameter on a numeric x axis; undefined for one of labels
 * @param look how published values are drawn: `dashed outlines`
 */
export function besideOf(request: DrawRequest, metric: string, xName: string | undefined, look: string): Beside {
  const roof = roofOf(request, metric);
  const ideal = xName === undefined ? undefined : idealOf(request, metric, xName);
  const asked = publishedFor(request, metric, xName);
  const values = asked?.values ?? [];
  return {
    roof,
    ideal,
    published: values.length > 0 ? asked : undefined,
    values,
    most: Math.max(0, roof?.most ?? 0, ideal?.most ?? 0, mostPublished(asked)),
    notes: [...(roof?.notes ?? missingRoof(request)), ...publishedNotes(asked, look)],
    key: keyLayers(keyEntries(roof, asked, ideal)),
  };
}

/** ` and 6 published values`, or nothing: the end of a sentence. */
export function andPublished({ values }: Beside): string {
  return values.length === 0 ? "" : ` and ${values.length} published values`;
}
