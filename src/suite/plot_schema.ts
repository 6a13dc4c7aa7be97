/** One entry of a suite's `plots`, key by key; src/suite/names.ts checks the names in it. */
import { z } from "zod";
import { PLOT_MARKS, type PlotRequest } from "../results/model.js";

export const scalar = z.union([z.string(), z.number(), z.boolean()]);

type Mark = PlotRequest["mark"];
type Key = keyof PlotRequest;

const referenceSchema = z
  .union([
    z.string(),
    z.strictObject({
      series: z.string().describe("Published table, such as hpsr21/single_thread."),
      y: z.string().optional().describe("Published quantity. Default: the one that corresponds to the plot's y."),
      pick: z
        .record(z.string(), z.union([scalar, z.array(scalar).min(1)]))
        .optional()
        .describe("Published rows to take, by our parameters or by their columns: { nic: cx5 }."),
    }),
  ])
  .describe(
    "Published values to draw beside the measured ones, such as hpsr21/single_thread. Those are taken that differ from " +
      "what was measured in no parameter that both name.",
  );

const shape = {
  title: z.string().describe("Title of the chart: what it shows, not what it proves."),
  mark: z
    .enum(PLOT_MARKS)
    .describe(
      "Kind of chart. bar, line: medians with intervals. box: the trials themselves. violin: how densely they lie. ecdf: the share of trials (without y: " +
        "of probes) at or below each value. heatmap: a metric as colour over two parameters, for many quantities. matrix: a table of " +
        "y as text, with x across and color down, for values of few kinds. stacked: bars of metrics that add up. percentiles: latency with its tail. timeseries: counters over a trial.",
    ),
  x: z
    .string()
    .optional()
    .describe("Parameter along the x axis; a group such as traffic shows the parameters in it that differ."),
  y: z
    .string()
    .optional()
    .describe(
      "Metric along the y axis; the parameter there in a heat map; of stacked bars the whole, if there is one.",
    ),
  color: z
    .string()
    .optional()
    .describe("Parameter that tells series apart; the metric of a heat map. Default: what x and facet leave over."),
  facet: z.string().optional().describe("Parameter that gives each of its values a chart of its own."),
  where: z.record(z.string(), scalar).optional().describe("Draw only the points that have these values."),
  roof: z
    .string()
    .optional()
    .describe(
      "Metric with the unit of y to draw as the limit of each bar or marker, such as line_read_rate: what the machine " +
        "can do. Shares of it are in the tooltips.",
    ),
  parts: z
    .array(z.string())
    .min(2)
    .optional()
    .describe("Metrics of one unit that stacked bars are made of, from the bottom up: [cycles_parse, cycles_lookup]."),
  scale: z
    .enum(["linear", "log"])
    .optional()
    .describe(
      "Of the metric's axis, or of a heat map's colours. log for values that differ by orders of magnitude: it has no zero, so " +
        "lengths mean nothing, and values of 0 are left out and named. Default linear.",
    ),
  ideal: z
    .boolean()
    .optional()
    .describe("Draw what y would be in proportion to x from each line's first value: linear scaling over cores."),
  reference: referenceSchema.optional(),
  description: z.string().optional().describe("What to look at, shown below the chart."),
};

const NEEDED: Readonly<Record<Mark, readonly Key[]>> = {
  bar: ["x", "y"],
  line: ["x", "y"],
  box: ["x", "y"],
  violin: ["x", "y"],
  ecdf: [],
  heatmap: ["x", "y", "color"],
  matrix: ["x", "y", "color"],
  stacked: ["x", "parts"],
  percentiles: [],
  timeseries: [],
};

/** Keys that only some kinds of charts understand. */
const UNDERSTOOD = {
  roof: ["bar", "line"],
  reference: ["bar", "line"],
  ideal: ["line"],
  scale: ["line", "box", "violin", "ecdf", "heatmap"],
  parts: ["stacked"],
} as const satisfies Partial<Record<Key, readonly Mark[]>>;

export const plotSchema = z.strictObject(shape).check(({ value, issues }) => {
  const { mark } = value;
  const complain = (key: Key, message: string): void => {
    issues.push({ code: "custom", path: [key], input: mark, message });
  };
  for (const key of NEEDED[mark]) {
    if (value[key] === undefined) complain(key, `missing; a ${mark} chart needs it`);
  }
  for (const [key, marks] of Object.entries(UNDERSTOOD) as [keyof typeof UNDERSTOOD, readonly Mark[]][]) {
    if (value[key] === undefined || marks.includes(mark)) continue;
    complain(key, `has no effect in a ${mark} chart; remove it, or draw a ${marks.join(" or ")} chart`);
  }
  if (mark === "stacked" && value.color !== undefined)
    complain("color", "has no effect in a stacked chart, whose colours are its parts; remove it, or use facet");
});
