/** The classifier `nftables`: the kernel's rules on the netdev ingress hook, in a network namespace of their own. */
import { UserError } from "../../../errors.js";
import { inject, MAKE_PORT } from "../inject.js";
import { MAKE_WIRE, receiveOn, TESTER_END } from "../veth.js";
import { COUNTING_CHAIN, frameChains, idleChains, sendingChains, TABLE } from "./chains.js";
import { formOf, type Form } from "./forms.js";
import { nftVersion } from "./probe.js";
import { joinNft, openNft, type NftSession } from "./session.js";
import { together } from "../together.js";
import type {
  Change,
  Classifier,
  ClassifierKind,
  ForwardingClassifier,
  ForwardOptions,
  ListedRule,
  TakenFrames,
} from "../classifier.js";

export const nftables: ClassifierKind = {
  version: nftVersion,
  forward,
  open: async ({ ruleSet, most, cpu, otherCpus = [], nftablesForm = "sets", takesFrames = false }) => {
    const chains = takesFrames ? frameChains() : idleChains(ruleSet.tables);
    const form = formOf(nftablesForm, chains, ruleSet, most);
    const nft = await openWith(form, cpu, takesFrames ? MAKE_PORT : ":");
    const others = otherCpus.map((other) => joinNft(nft.pid, other));
    return {
      prepare: (changes) => transaction(nft, form, changes),
      ...(others.length === 0 ? {} : { prepareTogether: together([nft, ...others].map((each) => writer(each, form))) }),
      listed: async () => {
        const rules: ListedRule[] = [];
        for (const command of form.list) rules.push(...form.listed(await nft.ask(command)));
        return rules;
      },
      textOf: form.textOf,
      send: (frames) => inject(nft.pid, frames),
      close: () => [nft, ...others].forEach(({ close }) => close()),
    };
  },
};

function writer(nft: NftSession, form: Form): Pick<Classifier, "prepare"> {
  return { prepare: (changes) => transaction(nft, form, changes) };
}

/** The kernel as the DUT of a trial. */
async function forward({
  ruleSet,
  most,
  wire,
  dutCpu,
  controlCpu,
  nftablesForm = "sets",
}: ForwardOptions): Promise<ForwardingClassifier> {
  const chains = sendingChains(ruleSet);
  const form = formOf(nftablesForm, chains, ruleSet, most);
  const nft = await openWith(form, controlCpu, `${MAKE_WIRE}; ${receiveOn(dutCpu)}`);
  return {
    generatorPort: { wire, device: TESTER_END, namespaceOf: nft.pid },
    description: `nftables, ${nftablesForm}`,
    prepare: (changes) => transaction(nft, form, changes),
    taken: async () => takenFrames(await nft.ask(`list chain ${TABLE} ${COUNTING_CHAIN}`)),
    gone: nft.gone,
    close: nft.close,
  };
}

/** With the tables of the form. @param prepare commands of the shell, in the network namespace before */
async function openWith(form: Form, cpu: number, prepare: string): Promise<NftSession> {
  const nft = openNft(cpu, prepare);
  try {
    await nft.commit(form.setUp);
    return nft;
  } catch (error) {
    nft.close();
    throw error;
  }
}

/** What comes by the second counter no rule has taken. */
function takenFrames(listing: string): TakenFrames {
  const [all = 0, rest = 0] = [...listing.matchAll(/counter packets (\d+) /g)].map(([, frames]) => Number(frames));
  return { specific: all - rest, rest };
}

function transaction(nft: NftSession, form: Form, changes: readonly Change[]): () => Promise<number> {
  refuseUpdates(changes);
  const text = changes.map(form.commands).join("");
  return () => nft.commit(text);
}

function refuseUpdates(changes: readonly Change[]): void {
  if (changes.every(({ kind }) => kind !== "update")) return;
  throw new UserError("RULES_UPDATE", "nftables has no update in place.", "Use operation: replace.");
}
