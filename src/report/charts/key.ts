/**
 * The legend of what is not a series: full lines are limits, dotted ones linear scaling, dashed ones were
 * published.
 */
import { COLORS, publishedDash } from "../theme.js";
import { strangersIn, type Published } from "../published.js";
import { IDEAL_DASH } from "./ideal.js";
import { textWidth } from "./measure.js";
import type { Layer } from "./chart.js";
import type { Roof } from "./roof.js";

export interface KeyEntry {
  readonly title: string;
  readonly dash: number[];
}

export function keyEntries(
  roof: Pick<Roof, "title"> | undefined,
  published: Published | undefined,
  ideal?: unknown,
): readonly KeyEntry[] {
  const strangers = strangersIn(published);
  const known = published?.values.some(({ matched }) => matched) ?? false;
  return [
    ...(roof ? [{ title: roof.title, dash: [1, 0] }] : []),
    ...(ideal === undefined ? [] : [{ title: "linear scaling", dash: IDEAL_DASH }]),
    ...(known ? [{ title: "published", dash: publishedDash() }] : []),
    ...strangers.map((name, index) => ({ title: `published: ${name}`, dash: publishedDash(index) })),
  ];
}

/** A layer that draws nothing but its legend. */
export function keyLayers(entries: readonly KeyEntry[]): readonly Layer[] {
  const [first] = entries;
  if (first === undefined) return [];
  return [
    {
      transform: [{ filter: "false" }],
      mark: { type: "rule", color: COLORS.ink, aria: false },
      encoding: {
        strokeDash: {
          datum: first.title,
          type: "nominal",
          scale: { domain: entries.map(({ title }) => title), range: entries.map(({ dash }) => dash) },
          legend: {
            title: null,
            symbolType: "stroke",
            symbolSize: 400,
            symbolOffset: 6,
            symbolStrokeWidth: 2,
            labelOffset: 4,
            columns: columnsOf(entries),
          },
        },
      },
    },
  ];
}

const SYMBOL_WIDTH = 46;
/** What a narrow page has beside the axis. */
const NARROW = 290;

/** Two side by side where they fit any page. */
function columnsOf(entries: readonly KeyEntry[]): number {
  return entries.length > 1 && 2 * (textWidth(entries.map(({ title }) => title)) + SYMBOL_WIDTH) <= NARROW ? 2 : 1;
}
