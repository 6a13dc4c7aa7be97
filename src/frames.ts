/** What became of frames, from what different ends counted. */
import type { FrameCounts } from "./observations.js";

/** Of a DUT of which only the generator's end knows: what else is missing is lost at the DUT or on the way. */
export function withMissing({ sent, received, drops }: FrameCounts): FrameCounts {
  const known = drops.reduce((sum, { frames }) => sum + frames, 0);
  const frames = sent - received - known;
  const lost = frames > 0 ? [{ place: "dut", cause: "did not come back", frames }] : [];
  return { sent, received, drops: [...drops, ...lost] };
}
