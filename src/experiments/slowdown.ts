/** A slow-down of the DUT that is there on purpose: something that a gate has to find. */
import { shareSchema } from "../units.js";

export const slowdownField = {
  slowdown: shareSchema()
    .refine((share) => share < 1, "must be below 100%: nothing would be forwarded")
    .exactOptional()
    .describe(
      "Share by which the DUT's rate is to fall: it spins after each burst until that has taken so much longer. To try " +
        "whether a gate finds it. Default: none.",
    ),
};
