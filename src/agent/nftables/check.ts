/** Is there in nftables what should be there? */
import type { Form } from "./forms.js";
import type { NftSession } from "./session.js";

const SAMPLE = 1000;

/** Rules too many or too few, or, of a sample, those that are not listed as they should be. */
export async function wrongRules(form: Form, nft: NftSession, ids: readonly number[]): Promise<number> {
  const listed = new Set<string>();
  for (const command of form.list) for (const rule of form.listed(await nft.ask(command))) listed.add(rule);
  const step = Math.max(1, Math.floor(ids.length / SAMPLE));
  const missing = ids.filter((id, index) => index % step === 0 && !listed.has(form.expected(id)));
  return Math.max(Math.abs(listed.size - ids.length), missing.length);
}
