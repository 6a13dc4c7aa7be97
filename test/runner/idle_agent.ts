/** An agent that knows its host's speed and nothing else. */
import { FACTS } from "../results/sample.js";
import type { AgentHandle } from "../../src/experiments/experiment.js";

const READING = { workNs: 1, handOverNs: 0, tscSeconds: 0, monotonicSeconds: 0, wallSeconds: 0 };

export const idleAgent: AgentHandle = {
  native: { available: false, reason: "", hint: "" },
  facts: FACTS,
  call: (method: string) =>
    method === "calibration.read" ? Promise.resolve(READING) : Promise.reject(new Error("not in this test")),
};
