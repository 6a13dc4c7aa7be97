/** Metrics of trials that search, in every experiment that can. */
import type { MetricDefinition } from "../../results/model.js";

export const searchMetrics: readonly MetricDefinition[] = [
  {
    name: "throughput",
    title: "Throughput",
    unit: "frames/s",
    better: "higher",
    description: "Highest rate that the search found at which no frame was lost (RFC 1242, section 3.17).",
  },
  {
    name: "conditional_throughput",
    title: "Conditional throughput",
    unit: "frames/s",
    better: "higher",
    description:
      "Frames a second that came back at the highest load that lost no more than the search's loss ratio (RFC 9971).",
  },
  {
    name: "search_trials",
    title: "Trials of the search",
    unit: "count",
    better: "lower",
    description: "Measurements that the search for the rate made.",
  },
  {
    name: "search_seconds",
    title: "Time of the search",
    unit: "s",
    better: "lower",
    description: "Time that the search for the rate took, set-up and drain of its trials included.",
  },
  {
    name: "back_to_back_frames",
    title: "Back-to-back frames",
    unit: "count",
    better: "higher",
    description: "Frames of the longest burst of which none was lost (RFC 2544, section 26.4).",
  },
  {
    name: "burst_rate",
    title: "Rate of bursts",
    unit: "frames/s",
    better: "neither",
    description:
      "At which the frames of the longest burst without loss were sent, as the generator's own clock has it.",
  },
  {
    name: "implied_buffer_time",
    title: "Implied buffer time",
    unit: "s",
    better: "neither",
    description: "Back-to-back frames over the rate of bursts (RFC 9004, section 6.4).",
  },
  {
    name: "corrected_buffer_time",
    title: "Corrected buffer time",
    unit: "s",
    better: "neither",
    description: "The same without the frames that the DUT forwarded while the burst came (RFC 9004, section 6.4).",
  },
  {
    name: "buffer_frames",
    title: "Buffer",
    unit: "count",
    better: "higher",
    description:
      "Frames that come at the rate of bursts in the corrected buffer time: those that waited when it ended.",
  },
];
