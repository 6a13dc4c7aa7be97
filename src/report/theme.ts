/**
 * Colours and type of all charts.
 *
 * Series colours are those of Okabe and Ito ("Color Universal Design", 2008), which people with any colour
 * vision tell apart; yellow is left out, as it is too faint on white. Light and dark pages use two shades of
 * each. Specs and SVG files carry the light shades; the HTML page swaps them for CSS variables, so that one
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
  { variable: "--series-4", light: "#c1649a", dark: "#e09ac4" },
  { variable: "--series-5", light: "#b8860b", dark: "#e8b93f" },
  { variable: "--series-6", light: "#3fa2db", dark: "#93d3f7" },
  { variable: "--series-7", light: "#5c5c66", dark: "#b9b9c4" },
];

const INK: Shades = { variable: "--ink", light: "#1b1f24", dark: "#e6e8eb" };
const MUTED: Shades = { variable: "--muted", light: "#59636e", dark: "#9aa4af" };
const GRID: Shades = { variable: "--grid", light: "#e4e7eb", dark: "#2c333b" };
const SURFACE: Shades = { variable: "--surface", light: "#fffffe", dark: "#14181d" };

const ALL_SHADES: readonly Shades[] = [...SERIES, INK, MUTED, GRID, SURFACE];

/** Markers by series, so that series differ in print and to any eye. */
const SHAPES = ["circle", "square", "diamond", "triangle-up", "cross", "triangle-down"] as const;

export const COLORS = { ink: INK.light, muted: MUTED.light, grid: GRID.light, surface: SURFACE.light } as const;

/** Colour of the n-th series of the plan. */
export function seriesColor(index: number): string {
  return SERIES[index % SERIES.length]?.light ?? INK.light;
}

export function seriesShape(index: number): string {
  return SHAPES[index % SHAPES.length] ?? "circle";
}

/** Lengths of dash and gap; a full line for the series that have a colour of their own. */
export function seriesDash(index: number): number[] {
  const dashes = [
    [1, 0],
    [7, 4],
    [2, 3],
  ];
  return dashes[Math.floor(index / SERIES.length) % dashes.length] ?? [1, 0];
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
  axisX: { grid: false, labelAngle: 0 },
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
