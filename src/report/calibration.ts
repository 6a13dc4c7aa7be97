/** What the generator can do on a wire, in one sentence. */
import { quantityText } from "./scale.js";
import type { Calibration } from "../results/calibration.js";

export function calibrationText({ at, ceilings, pacing, latency }: Calibration): string {
  const most = ceilings.map(({ frameSize, rate }) => `${quantityText(rate, "frames/s")} of ${frameSize} B`);
  const errors = pacing.map(({ rate, departureP99, sendP99 }) => {
    const [late, apart] = [sendP99, departureP99].map((ns) => quantityText(ns, "ns"));
    return `at ${quantityText(rate, "frames/s")} 99 % left at most ${late} late, and at distances off by at most ${apart}`;
  });
  const parts = [
    `at most ${most.join(", ")}`,
    ...errors,
    `a round trip through nothing takes ${quantityText(latency.p50, "ns")} (p50), ${quantityText(latency.p99, "ns")} (p99)`,
  ];
  return `${parts.join("; ")}. Measured without a DUT at ${at}.`;
}
