/** One trial of `rules.rate` in the kernel's nftables: as native/softnic/rule_rate.cc does it for the software NIC. */
import { UserError } from "../../errors.js";
import { latencyRecorder } from "../../statistics/recorder.js";
import { wrongRules } from "./check.js";
import { formOf, type Form } from "./forms.js";
import { openNft, type NftSession } from "./session.js";
import type { NftablesForm, RuleRateCounts, RuleRateTrialConfig } from "../protocol.js";

/** Rules that are installed or restored at once, outside the clock. */
const CHUNK = 10_000;

/**
 * The clock runs from the line that hands a batch to nft until nft has answered; texts are made before.
 *
 * @throws {UserError} NFT_REFUSED, NFT_DIED, STOPPED
 */
export async function nftablesRuleRate(
  config: RuleRateTrialConfig,
  form: NftablesForm,
  stop: AbortSignal,
): Promise<RuleRateCounts> {
  const nft = openNft(config.cpu);
  stop.addEventListener("abort", nft.close);
  try {
    return await measure(config, form, nft);
  } catch (error) {
    throw stop.aborted ? new UserError("STOPPED", "The trial was stopped before its end.") : error;
  } finally {
    stop.removeEventListener("abort", nft.close);
    nft.close();
  }
}

async function measure(config: RuleRateTrialConfig, kind: NftablesForm, nft: NftSession): Promise<RuleRateCounts> {
  const { ruleSet, operation, operations, seconds: wanted } = config;
  // A transaction replaces a rule once.
  const batch = operation === "replace" ? Math.min(config.batch, ruleSet.rules) : config.batch;
  const form = formOf(kind, ruleSet, ruleSet.rules + (operation === "insert" ? operations : 0));
  const rules = changingRules(form, ruleSet.rules);
  await nft.commit(form.setUp);
  for (const text of rules.restore()) await nft.commit(text);
  const latency = latencyRecorder();
  let [done, seconds] = [0, 0];
  const change = async (count: number): Promise<number> => nft.commit(rules.change(operation, count));
  await change(Math.min(batch, operations)); // Warms up.
  while (seconds < wanted) {
    for (const text of rules.restore()) await nft.commit(text);
    for (let inRound = 0; inRound < operations && seconds < wanted;) {
      const count = Math.min(batch, operations - inRound);
      const took = await change(count);
      latency.record((took * 1e9) / count);
      inRound += count;
      done += count;
      seconds += took;
    }
  }
  const wrong = await wrongRules(form, nft, rules.present());
  return {
    operations: done,
    seconds,
    operationsPerSecond: done / seconds,
    refused: 0,
    wrong,
    installed: ruleSet.rules,
    latency: latency.histogram(),
  };
}

/** Rules are numbered; those from `first` to below `next` are there. The newest are inserted, the oldest deleted or replaced. */
function changingRules(form: Form, wanted: number) {
  let [first, next, replaced] = [0, 0, 0];
  return {
    change: (operation: RuleRateTrialConfig["operation"], count: number): string => {
      switch (operation) {
        case "insert":
          return form.insert(range(next, (next += count)));
        case "delete":
          return form.remove(range(first, (first += count)));
        case "replace":
          return form.replace(range(replaced, (replaced += count)).map((id) => id % wanted));
        case "update":
          throw new UserError("RULES_UPDATE", "nftables has no update in place.", "Use operation: replace.");
      }
    },
    /** Transactions that undo insertions and deletions, which also install the rules at first. */
    restore: (): readonly string[] => {
      const texts = [
        ...chunks(range(first + wanted, next)).map(form.remove),
        ...chunks(range(next, first + wanted)).map(form.insert),
      ];
      next = first + wanted;
      return texts;
    },
    present: () => range(first, next),
  };
}

function chunks(ids: readonly number[]): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(ids.length / CHUNK) }, (_, index) =>
    ids.slice(index * CHUNK, (index + 1) * CHUNK),
  );
}

/** From `from` to below `to`; empty if there are none. */
function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}
