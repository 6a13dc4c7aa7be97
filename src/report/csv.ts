/** Tidy CSV: one line a point and metric, for other programs to read. Numbers are in base units, unrounded. */
import { stringify } from "csv-stringify/sync";
import { measuredMetrics, type ReportInput } from "./input.js";

/** Columns: `point`, one a parameter, `status`, `metric`, `n`, `median`, `ci95_low`, `ci95_high`, `min`, `max`, `unit`. */
export function reportCsv(input: ReportInput): string {
  const { points } = input.summary;
  const params = [...new Set(points.flatMap((point) => Object.keys(point.params)))];
  const header = ["point", ...params, "status", "metric", "n", "median", "ci95_low", "ci95_high", "min", "max", "unit"];
  const metrics = measuredMetrics(input);
  const rows = points.flatMap((point) =>
    metrics.flatMap(({ name }) => {
      const metric = point.metrics[name];
      if (!metric) return [];
      const {
        n,
        median,
        ci95: [low, high],
        min,
        max,
        unit,
      } = metric;
      const values = params.map((path) => String(point.params[path] ?? ""));
      return [[point.id, ...values, point.status, name, n, median, low, high, min, max, unit]];
    }),
  );
  return stringify([header, ...rows]);
}
