/**
 * Published values that belong into a chart of measured ones.
 *
 * A published row is about a measured point if no parameter that both name differs. From the points that a row is
 * about follows where it is drawn: the panel, the colour and the x that all of them share. A row that fits several
 * colours (another system, say) is drawn in none of them; one that fits several x cannot be drawn.
 */
import { messageOf, UserError } from "../errors.js";
import { isAbout, sameParam } from "../paper/claims/published.js";
import { viewPoints, type PointView } from "../paper/claims/points.js";
import { xParam } from "../paper/reference/names.js";
import { fits, quantityOf, seriesOf } from "../paper/reference/series.js";
import { conversion, rowValue, type ReferenceRow, type ReferenceTable } from "../paper/reference/table.js";
import { extent } from "../statistics/median.js";
import { numberAt } from "./dimensions.js";
import { metricDefinition } from "./input.js";
import { paramText } from "./params.js";
import { quantityText } from "./scale.js";
import type { DrawRequest } from "./charts/chart.js";
import type { Unit } from "../results/model.js";

export interface PublishedValue {
  /** As published, with what tells it from its neighbours: `Cuckoo, trace CAIDA`. */
  readonly name: string;
  readonly panel: string;
  /** Label of the measured series that it corresponds to. */
  readonly series: string;
  /** False where it corresponds to no series in particular. */
  readonly matched: boolean;
  /** The measured points' label, or a number in base units. */
  readonly x: string | number;
  /** In the unit of the metric, as `low` and `high`. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Published {
  readonly values: readonly PublishedValue[];
  /** The source; without values, why there are none. */
  readonly note: string;
  /** What else is to be said about them. */
  readonly more: readonly string[];
}

/** Names of those that correspond to no series in particular, in their order. */
export function strangersIn(published: Published | undefined): readonly string[] {
  const strangers = published?.values.filter(({ matched }) => !matched) ?? [];
  return [...new Set(strangers.map(({ name }) => name))];
}

/**
 * @param xName the parameter on a numeric x axis, all of whose published values are wanted; undefined for labels
 * @returns undefined if the plot asks for no reference
 */
export function publishedFor(request: DrawRequest, metric: string, xName: string | undefined): Published | undefined {
  const { reference } = request.plot;
  if (reference === undefined) return undefined;
  const { series: name, y = metric, pick = {} } = typeof reference === "string" ? { series: reference } : reference;
  const table = request.input.references?.get(name);
  if (table === undefined) return nothing(`the table ${name} is not at hand.`);
  try {
    const quantity = quantityOf(table, y);
    const rows = table.rows.filter((row) => row.yName === quantity && fits(row, pick));
    return drawable(request, { ...table, rows }, metric, xName);
  } catch (error) {
    if (error instanceof UserError) return nothing(messageOf(error));
    throw error;
  }
}

function nothing(why: string): Published {
  return { values: [], note: `Nothing published is drawn beside it: ${why}`, more: [] };
}

function drawable(request: DrawRequest, table: ReferenceTable, metric: string, xName: string | undefined): Published {
  const { unit } = metricDefinition(request.input, metric);
  const [sample] = table.rows;
  if (sample === undefined) return nothing(`${table.name} has no such rows.`);
  if (conversion(sample.unit, unit) === undefined) {
    return nothing(`${sample.yName} of ${table.name} is in ${sample.unit}, not in ${unit}.`);
  }
  const views = viewsOf(request);
  const seats = closest(table.rows.flatMap((row) => seatsOf(row, views, request, xName)));
  if (seats.length === 0) return nothing(whyNothing(table, views, request, xName));
  const { values, source } = named(seats, table, request, unit, xName);
  const kept = xName === undefined ? values : withinSight(values, request, metric, xName);
  const cut = values.filter((value) => !kept.includes(value));
  return { values: kept, note: source, more: cut.length === 0 ? [] : [cutText(cut, unit, xName ?? "")] };
}

/** So many times the height of all others, and a value would flatten what was measured. */
const OUT_OF_SIGHT = 2;

/** Without those that lie beyond the measured x and far above everything else. */
function withinSight(
  values: readonly PublishedValue[],
  { points }: DrawRequest,
  metric: string,
  xName: string,
): readonly PublishedValue[] {
  const [least, most] = extent(points.flatMap((point) => numberAt(point, xName) ?? []));
  const isBeside = ({ x }: PublishedValue): boolean => typeof x === "number" && x >= least && x <= most;
  const measured = points.flatMap(({ metrics }) => metrics[metric]?.ci95[1] ?? []);
  const [, top] = extent([...measured, ...values.filter(isBeside).map(({ high }) => high)]);
  return values.filter((value) => isBeside(value) || value.high <= top * OUT_OF_SIGHT);
}

function cutText(cut: readonly PublishedValue[], unit: Unit, xName: string): string {
  const highest = cut.reduce((a, b) => (b.value > a.value ? b : a));
  const at = `${quantityText(highest.value, unit)} at ${paramText(xName, highest.x)}`;
  const [values, are] = cut.length === 1 ? ["value", "is"] : ["values", "are"];
  return `${cut.length} published ${values} far above the others, up to ${at}, ${are} not drawn.`;
}

/** A row and a place where it belongs. */
interface Seat {
  readonly row: ReferenceRow;
  readonly panel: string;
  /** Undefined for none in particular. */
  readonly series: string | undefined;
  readonly x: string | number;
  /** Parameters that the row and the points share. */
  readonly agreeing: number;
}

function viewsOf({ input, points }: DrawRequest): readonly PointView[] {
  const drawn = new Set(points.map(({ id }) => id));
  return viewPoints(input.summary, input.manifest).filter(({ id }) => drawn.has(id));
}

function seatsOf(
  row: ReferenceRow,
  views: readonly PointView[],
  { layout }: DrawRequest,
  xName: string | undefined,
): readonly Seat[] {
  const about = views.filter((view) => isAbout(xName === undefined ? row : without(row, xName), view));
  const panels = new Set(about.map((view) => layout.facet?.label(view) ?? ""));
  return [...panels].flatMap((panel): Seat[] => {
    const inside = about.filter((view) => (layout.facet?.label(view) ?? "") === panel);
    const x = xName === undefined ? only(inside.map((view) => layout.x?.label(view) ?? "")) : numberOf(row, xName);
    if (x === undefined) return [];
    const series = only(inside.map((view) => layout.color?.label(view) ?? ""));
    const agreeing = Math.max(
      ...inside.map(({ all }) => Object.keys(row.params).filter((name) => all.has(name)).length),
    );
    return [{ row, panel, series, x, agreeing }];
  });
}

function without(row: ReferenceRow, name: string): ReferenceRow {
  return { ...row, params: Object.fromEntries(Object.entries(row.params).filter(([key]) => key !== name)) };
}

function numberOf(row: ReferenceRow, name: string): number | undefined {
  const value = rowValue(row, name);
  return typeof value === "number" ? value : undefined;
}

/** The one value of a list whose values are all the same. */
function only(values: readonly string[]): string | undefined {
  return new Set(values).size === 1 ? values[0] : undefined;
}

/** At each place the rows that have most in common with what was measured: the campus trace, not any trace. */
function closest(seats: readonly Seat[]): readonly Seat[] {
  const most = new Map<string, number>();
  for (const seat of seats) most.set(keyOf(seat), Math.max(seat.agreeing, most.get(keyOf(seat)) ?? 0));
  return seats.filter((seat) => seat.agreeing === most.get(keyOf(seat)));
}

function keyOf({ panel, series, x }: Seat): string {
  return JSON.stringify([panel, series, x]);
}

function named(
  seats: readonly Seat[],
  table: ReferenceTable,
  { plot, layout }: DrawRequest,
  unit: Unit,
  xName: string | undefined,
): { readonly values: readonly PublishedValue[]; readonly source: string } {
  const rows = [...new Set(seats.map(({ row }) => row))];
  const { rows: points, source } = seriesOf({ ...table, rows }, { y: rows[0]?.yName ?? "" });
  const names = new Map(rows.map((row, index) => [row, nameOf(row, points[index]?.series, xName ?? plot.x)]));
  const systems = systemsByGroup(seats, xName !== undefined);
  const values = seats.map((seat): PublishedValue => {
    const { row, panel, series, x } = seat;
    const factor = conversion(row.unit, unit) ?? 1;
    const matched = layout.color === undefined ? systems(seat) === 1 : series !== undefined;
    const [value, low, high] = [row.y, row.min ?? row.y, row.max ?? row.y].map((one) => one * factor);
    const range = { value: value ?? 0, low: low ?? 0, high: high ?? 0 };
    return { name: names.get(row) ?? row.series, panel, series: series ?? "", matched, x, ...range };
  });
  return { values, source };
}

/** The row's own x is told where the chart does not show it. */
function nameOf({ series, xName, x }: ReferenceRow, name = series, shown: string | undefined): string {
  const isShown = shown !== undefined && (shown === xName || shown in xParam(xName, x));
  return isShown ? name : `${name}, ${xName.replaceAll("_", " ")} ${x}`;
}

/** How many systems share a panel (and an x of names): more than one, and none of them is the counterpart. */
function systemsByGroup(seats: readonly Seat[], numeric: boolean): (seat: Seat) => number {
  const key = ({ panel, x }: Seat): string => JSON.stringify([panel, numeric ? "" : x]);
  const groups = new Map<string, Set<string>>();
  for (const seat of seats) {
    const { series, nic } = seat.row;
    const group = groups.get(key(seat)) ?? new Set();
    groups.set(key(seat), group.add(JSON.stringify([series, nic])));
  }
  return (seat) => groups.get(key(seat))?.size ?? 0;
}

/** What keeps the nearest row apart from the run. */
function whyNothing(
  { name, rows }: ReferenceTable,
  views: readonly PointView[],
  { layout }: DrawRequest,
  xName: string | undefined,
): string {
  let nearest: readonly string[] | undefined;
  for (const row of rows) {
    for (const view of views) {
      const apart = differences(row, view, xName);
      if (nearest === undefined || apart.length < nearest.length) nearest = apart;
    }
  }
  if (nearest !== undefined && nearest.length > 0) {
    return `the nearest values of ${name} are for ${nearest.join(", ")}, which was not measured.`;
  }
  return `${name} does not say for which ${layout.x?.title.toLowerCase() ?? "x"} its values are.`;
}

function differences({ params }: ReferenceRow, { all }: PointView, xName: string | undefined): readonly string[] {
  return Object.entries(params).flatMap(([name, value]) => {
    const own = all.get(name);
    const differs = name !== xName && own !== undefined && !sameParam(value, own);
    return differs ? [`${name} ${String(value)}`] : [];
  });
}
