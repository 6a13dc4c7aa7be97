/** How nftables holds rules, in all experiments on rules. */
import { z } from "zod";
import { NFTABLES_FORMS } from "../../agent/protocol.js";

export const nftablesFormSchema = z
  .enum(NFTABLES_FORMS)
  .describe(
    "How nftables holds rules. sets: as elements of a verdict map. rules: as an nft rule each. Without effect on other " +
      "classifiers. Default sets.",
  );
