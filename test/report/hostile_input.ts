import { HOSTILE } from "./hostile.js";
import { quickstartPoints, syntheticInput } from "./synthetic.js";
import type { ReportInput } from "../../src/report/input.js";

/** Hostile title, plot, parameters, host, command and reason. */
export function hostileInput(): ReportInput {
  const bars = { mark: "bar", x: "table", y: "forwarding_rate", color: "traffic", facet: "traffic.rate" } as const;
  const plain = syntheticInput({
    points: quickstartPoints().map((params) => ({ ...params, table: `${String(params["table"])}${HOSTILE}` })),
    repetitions: 2,
    title: HOSTILE,
    plots: [
      { ...bars, title: HOSTILE, description: HOSTILE },
      { title: "Latency", mark: "percentiles", color: "table" },
    ],
    fate: (i) => (i === 1 ? "failed" : "ok"),
  });
  const { manifest, summary } = plain;
  const facts = manifest.hosts["local"];
  if (!facts) throw new Error("the synthetic run has a host");
  const hosts = { [HOSTILE]: { ...facts, cpuModel: HOSTILE } };
  const points = summary.points.map((point) => (point.status === "failed" ? { ...point, reason: HOSTILE } : point));
  return {
    ...plain,
    manifest: { ...manifest, hosts, command: ["nicbench", HOSTILE] },
    summary: { ...summary, points },
  };
}
