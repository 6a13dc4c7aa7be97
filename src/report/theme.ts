/**
 * Colours and type of all charts.
 *
 * Series colours start from those of Okabe and Ito ("Color Universal Design", 2008), which people with any colour
 * vision tell apart; yellow is left out, as it is too faint on white. The nine were chosen so that any two differ in
 * OKLab by 0.12, and by 0.04 as people with a missing cone type see them (simulated after
 * Machado, Oliveira and Fernandes, 2009): enough for neighbours with different markers. Light and dark pages use two
 * shades of each. Specs and SVG files carry the light shades; the HTML page swaps them for CSS variables, so that one
 * chart follows the reader's theme and the printer's.
 */

interface Shades {
  readonly variable: string;
  readonly light: string;
  readonly dark: string;
}

const SERIES: readonly Shades[] = [
  { variable: "--series-1", light: "#0072b2", dark: "#4fa8e0" },
  { variable: "--series-2", light: "#d55e00", dark: "#f2853f" },
  { variable: "--series-3", light: "#009e73", dark: "#2cc79b" },
  { variable: "--series-4", light: "#cc79a7", dark: "#cf6fb0" },
  { variable: "--series-5", light: "#6b4a00", dark: "#f0dc6a" },
  { variable: "--series-6", light: "#3fa2db", dark: "#c4e9ff" },
  { variable: "--series-7", light: "#332288", dark: "#7a6cff" },
  { variable: "--series-8", light: "#7d828a", dark: "#858b94" },
  { variable: "--series-9", light: "#a3195b", dark: "#a8503a" },
];

const INK: Shades = { variable: "--ink", light: "#1b1f24", dark: "#e6e8eb" };
const MUTED: Shades = { variable: "--muted", light: "#59636e", dark: "#9aa4af" };
const GRID: Shades = { variable: "--grid", light: "#e4e7eb", dark: "#2c333b" };
const SURFACE: Shades = { variable: "--surface", light: "#fffffe", dark: "#14181d" };

const ALL_SHADES: readonly Shades[] = [...SERIES, INK, MUTED, GRID, SURFACE];

/** Outlines of markers that Vega has no name for. */
const STAR =
  "M0,-1.1L0.291,-0.4L1.046,-0.34L0.471,0.153L0.647,0.89L0,0.495L-0.647,0.89L-0.471,0.153L-1.046,-0.34L-0.291,-0.4Z";
const SALTIRE =
  "M0.495,-0.919L0.919,-0.495L0.424,0L0.919,0.495L0.495,0.919L0,0.424L-0.495,0.919L-0.919,0.495L-0.424,0L-0.919,-0.495L-0.495,-0.919L0,-0.424Z";

/** Markers by series, so that series differ in print and to any eye: as many as there are colours. */
const SHAPES = [
  "circle",
  "square",
  "diamond",
  "triangle-up",
  "cross",
  "triangle-down",
  STAR,
  "triangle-right",
  SALTIRE,
] as const;

export const COLORS = { ink: INK.light, muted: MUTED.light, grid: GRID.light, surface: SURFACE.light } as const;

/** Colour of the n-th series of the plan. */
export function seriesColor(index: number): string {
  return SERIES[index % SERIES.length]?.light ?? INK.light;
}

/** Shifted by one at each turn of the palette, so that no two series of a legend look the same. */
export function seriesShape(index: number): string {
  const turn = Math.floor(index / SERIES.length);
  return SHAPES[(index + turn) % SHAPES.length] ?? "circle";
}

/** Lengths of dash and gap for series that share their colour with an earlier one; undefined for the others. */
export function seriesDash(index: number): number[] | undefined {
  const dashes = [
    [9, 4],
    [2, 3],
  ];
  const turn = Math.floor(index / SERIES.length);
  return turn === 0 ? undefined : dashes[(turn - 1) % dashes.length];
}

/** Dash and gap of what was not measured here but published; further ones tell strangers apart. */
export function publishedDash(index = 0): number[] {
  const dashes = [
    [4, 3],
    [1, 3],
    [9, 3],
    [9, 3, 1, 3],
    [4, 3, 1, 3],
  ];
  return dashes[index % dashes.length] ?? [4, 3];
}

/** A light shade as `var(--name)`, for the page; any other text as it is. */
export function cssColor(text: string): string {
  const shades = ALL_SHADES.find(({ light }) => light === text);
  return shades ? `var(${shades.variable})` : text;
}

/** `--ink:#1b1f24;…` of one theme. */
export function cssVariables(theme: "light" | "dark"): string {
  return ALL_SHADES.map((shades) => `${shades.variable}:${shades[theme]}`).join(";");
}

export const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/** Vega-Lite config shared by all charts: quiet axes, data in front. */
export const CHART_CONFIG = {
  background: "transparent",
  font: FONT,
  padding: 4,
  view: { stroke: null },
  title: {
    anchor: "start",
    color: INK.light,
    fontSize: 15,
    fontWeight: 600,
    offset: 14,
    subtitleColor: MUTED.light,
    subtitleFontSize: 12,
    subtitlePadding: 6,
  },
  axis: {
    labelColor: MUTED.light,
    titleColor: INK.light,
    gridColor: GRID.light,
    domainColor: MUTED.light,
    tickColor: MUTED.light,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 500,
    titlePadding: 10,
    labelPadding: 5,
    labelLimit: 220,
  },
  axisY: { domain: false, ticks: false, tickCount: 6 },
  axisX: { grid: false },
  legend: {
    orient: "top",
    direction: "horizontal",
    titleColor: MUTED.light,
    labelColor: INK.light,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 500,
    labelLimit: 320,
    symbolSize: 90,
    columnPadding: 18,
    offset: 14,
    titleOrient: "left",
  },
  header: {
    labelColor: INK.light,
    labelFontSize: 12,
    labelFontWeight: 600,
    labelAnchor: "start",
    title: null,
    labelPadding: 8,
  },
} as const;

/** One legend below the other. An option of Vega that Vega-Lite passes on, but that its type leaves out. */
export const STACKED_LEGENDS: object = { layout: { top: { direction: "vertical", anchor: "start" } } };
