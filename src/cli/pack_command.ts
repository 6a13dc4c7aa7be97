/** What `nicbench pack` does. */
import { basename, resolve } from "node:path";
import { UserError } from "../errors.js";
import { isPacked, PACKED_SUFFIX } from "../results/packed/names.js";
import { withAnonymousRun } from "../results/packed/anonymous.js";
import { packRun } from "../results/packed/pack.js";
import { findRun } from "../results/query.js";
import { readManifest } from "../results/reader.js";
import { print } from "./terminal.js";

export interface PackFlags {
  readonly out?: string;
  readonly anonymous?: true;
  readonly results: string;
}

export async function pack(name: string, flags: PackFlags): Promise<void> {
  const directory = await findRun(name, flags.results);
  await readManifest(directory); // a damaged one is told here, not where it is unpacked
  const kind = flags.anonymous === true ? ".anonymous" : "";
  const file = flags.out ?? `${basename(resolve(directory))}${kind}${PACKED_SUFFIX}`;
  if (!isPacked(file)) throw otherName(file);
  if (flags.anonymous === true) await withAnonymousRun(directory, (copy) => packRun(copy, file));
  else await packRun(directory, file);
  print(file);
}

function otherName(file: string): UserError {
  const hint = `Packed runs are known by their names; end it with ${PACKED_SUFFIX}`;
  return new UserError("USAGE", `${file} is no name of a packed run.`, hint);
}
