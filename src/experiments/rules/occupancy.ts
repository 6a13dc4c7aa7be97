/**
 * `rules.occupancy`: what does a classifier cost, by the number of its rules, of tables crossed, and of flows that match?
 *
 * A generator sends frames to a DUT that looks each of them up in its rules, exchanges the MAC addresses and sends it
 * back. After "What you need to know about (Smart) Network Interface Cards" (PAM 2021), figure 2.
 */
import { z } from "zod";
import { carriageFields } from "../forwarding/parameters.js";
import { measurementOf } from "../search/measurement.js";
import { searchMetrics } from "../search/metrics.js";
import { refuseUselessSearch, searchSchema } from "../search/parameters.js";
import { expectedMeasurements, runAtRate } from "../search/rate.js";
import { groupMetrics } from "../traffic/groups.js";
import { searchableTrafficSchema } from "../traffic/parameters.js";
import {
  calibratedWireOf,
  DEFAULT_TRAFFIC,
  matchedFields,
  refuseContradictions,
  usesPorts,
} from "./forwarding_parameters.js";
import { rulesOf } from "./listed.js";
import { ruleMetrics } from "./metrics.js";
import { forwardingProblem, limitOf, outcomeOf, trialConfig } from "./trial.js";
import type { Experiment, TrialContext, TrialOutcome } from "../experiment.js";

export const occupancyParameters = z
  .strictObject({
    ...matchedFields,
    ...carriageFields,
    search: searchSchema
      .optional()
      .describe("How traffic.rate: search finds its rate. Default: MLRsearch without loss."),
    traffic: searchableTrafficSchema
      .prefault(DEFAULT_TRAFFIC)
      .describe("What the generator sends. Default: 64-byte frames of 10,000 flows, as fast as they are forwarded."),
  })
  .superRefine(refuseUselessSearch)
  .superRefine(refuseContradictions);

export type OccupancyParameters = z.output<typeof occupancyParameters>;

export const rulesOccupancy: Experiment<OccupancyParameters> = {
  name: "rules.occupancy",
  title: "Rule table occupancy",
  description: "Forwarding rate, latency and cost against rules, tables crossed and the share of matching traffic.",
  parameters: occupancyParameters,
  roles: ["generator", "dut"],
  oneProcess: true,
  metrics: [...ruleMetrics, ...searchMetrics],
  metricsOfPoints: (points) => groupMetrics(ruleMetrics, points),
  primaryMetric: "forwarding_rate",
  cannotRun: (point, hosts) => forwardingProblem(point, rulesOf(point), hosts),
  measurements: expectedMeasurements,
  generatorWire: calibratedWireOf,
  usesPorts,
  runTrial,
};

async function runTrial(context: TrialContext<OccupancyParameters>): Promise<TrialOutcome> {
  return runAtRate(context, async (rate, durationSeconds) => {
    const config = trialConfig({ ...context, durationSeconds }, rate);
    const limit = limitOf(context, durationSeconds, rulesOf(context.point), context.point);
    const result = await context.agent("dut").call("rules.run", config, limit);
    return measurementOf(result, outcomeOf(config, result));
  });
}
