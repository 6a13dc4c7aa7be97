/** The trials behind a point's number, each as a value. */
import { tooltipFields } from "./metric_rows.js";
import { countedTrials, metricDefinition } from "../input.js";
import { quantityText } from "../scale.js";
import { places, type DrawRequest, type Row } from "./chart.js";
import { fitsAxis } from "./value_axis.js";
import type { PointSummary, TrialStatus } from "../../results/model.js";

export interface Sample {
  readonly repetition: number;
  readonly status: TrialStatus;
  /** In base units. */
  readonly value: number;
}

/** Those that the plot's axis can show, in order of repetition. */
export function samplesOf({ input, plot }: DrawRequest, { id }: PointSummary, metric: string): readonly Sample[] {
  return countedTrials(input, id).flatMap(({ repetition, status, metrics }) => {
    const value = metrics[metric];
    return value === undefined || !fitsAxis(plot, value) ? [] : [{ repetition, status, value }];
  });
}

/** With what tells where a sample came from. */
export function sampleRow(request: DrawRequest, point: PointSummary, metric: string, sample: Sample): Row {
  const { repetition, status, value } = sample;
  return {
    point: request.label(point),
    ...places(request.layout, point),
    value,
    valueText: quantityText(value, metricDefinition(request.input, metric).unit),
    trial: repetition + 1,
    status,
    suspect: status === "suspect",
  };
}

export function sampleTooltip({ input }: DrawRequest, metric: string) {
  return tooltipFields([
    ["point", "Point"],
    ["valueText", metricDefinition(input, metric).title],
    ["trial", "Repetition"],
    ["status", "Status"],
  ]);
}
