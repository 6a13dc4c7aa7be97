import { LABEL_SEPARATOR } from "../params.js";

/** What one must know to fit a chart into a width. All in pixels but the numbers of panels. */
export interface ChartShape {
  /** Panels side by side; 1 for a plain chart. */
  readonly panels: number;
  /** So many panels belong side by side, as they differ in one parameter only. */
  readonly panelGroup: number;
  /** Widest legend entry with its symbol; 0 without a legend. */
  readonly legendWidth: number;
  /** Least width at which one panel is readable. */
  readonly panelWidth: number;
  /** Beyond this width a chart of one panel only gets emptier. */
  readonly mostWidth: number;
  /** What the labels of the x axis need side by side; 0 where the axis is one of numbers, which drops labels itself. */
  readonly xLabelsWidth: number;
}

/** Width of a chart in a file of its own, in pixels. */
export const STANDALONE_WIDTH = 720;

export interface Measures {
  /** Of the whole chart if it has one panel, else of the inside of each panel. */
  readonly width: number;
  readonly columns: number;
  readonly legendColumns: number;
  /** Of the labels of the x axis, in degrees; not 0 where they do not fit side by side. */
  readonly labelAngle: number;
}

/**
 * How a chart fits into `available` pixels: as many panels and legend entries side by side as stay readable.
 *
 * The page runs this very function (its source is embedded), so it may use nothing but its arguments.
 */
export function measure(shape: ChartShape, available: number): Measures {
  const yAxis = 72;
  const gap = 24;
  const fitting = Math.floor((available - yAxis + gap) / (shape.panelWidth + gap));
  const whole = fitting >= shape.panelGroup ? fitting - (fitting % shape.panelGroup) : fitting;
  const columns = Math.max(1, Math.min(shape.panels, whole));
  const inside = Math.floor((available - yAxis - gap * (columns - 1)) / columns) - 4;
  const legendColumns = shape.legendWidth > 0 ? Math.max(1, Math.floor((available - yAxis) / shape.legendWidth)) : 1;
  const width = shape.panels > 1 ? inside : Math.min(available, shape.mostWidth);
  const labelAngle = shape.xLabelsWidth > (shape.panels > 1 ? inside : width - yAxis) ? -35 : 0;
  return { width: Math.max(120, width), columns, legendColumns, labelAngle };
}

/** Rough width of the widest text at 12 px, in pixels: enough to choose columns by. */
export function textWidth(texts: readonly string[]): number {
  return texts.reduce((widest, text) => Math.max(widest, text.length), 0) * 7;
}

/**
 * What an axis needs so that no two neighbours of its labels touch, in pixels. Labels are as far apart as each other
 * and break into lines at their separators.
 */
export function labelsWidth(labels: readonly string[]): number {
  const widths = labels.map((label) => textWidth(label.split(LABEL_SEPARATOR)));
  const pairs = widths.slice(1).map((width, i) => (width + (widths[i] ?? width)) / 2);
  return labels.length * Math.max(0, ...pairs);
}

/** Lines of at most so many characters, broken at spaces. */
export function wrapped(text: string, characters: number): string[] {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1) ?? "";
    if (line !== "" && line.length + word.length >= characters) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}
