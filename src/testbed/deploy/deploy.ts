/** Brings our agent to a host, once for each content: `~/.cache/nicbench/<digest>/` there. */
import type { SshHostSpec } from "../model.js";
import type { SshConnection } from "../ssh/connect.js";
import { bring } from "./bring.js";
import { AGENT, agentBundle, bundleOf, fileToBring, NODE, type BundleFile } from "./bundle.js";
import { checkFit, probe } from "./fit.js";

export interface Deployed {
  /** Folder on the host. */
  readonly folder: string;
  /** Program and arguments that start the agent there. */
  readonly command: readonly string[];
  /** Bytes that had to be sent; 0 if all was there. */
  readonly sentBytes: number;
}

/** `agent`: without the addon, which is most of it. */
export type Extent = "whole" | "agent";

/**
 * What is there already is verified by its digest, and sent anew if it does not fit.
 *
 * @throws {UserError} HOST_OTHER, HOST_SUDO, HOST_PROBE; DEPLOY_FAILED: the upload did not arrive whole
 */
export async function deploy(
  connection: SshConnection,
  spec: SshHostSpec,
  extent: Extent = "whole",
): Promise<Deployed> {
  const host = await probe(connection, spec);
  const { install } = spec;
  const parts = { withNode: host.node === undefined, withAddon: extent === "whole" };
  const bundle = install === undefined ? await agentBundle(parts) : undefined;
  checkFit(host, spec.alias, bundle?.files.filter(isBinary) ?? []);
  const folder = install ?? folderFor(host.home, bundle?.digest ?? "");
  const sentBytes =
    bundle === undefined ? 0 : await bring(connection, spec.alias, folder, { what: "The agent", bundle });
  const node = host.node ?? (install === undefined ? `${folder}/${NODE}` : "node");
  const program = install === undefined ? [`${folder}/${AGENT}`] : [`${folder}/bin/nicbench.js`, "agent"];
  return { folder, command: [node, ...program], sentBytes };
}

/**
 * Brings a file of this machine, such as a capture, unless it is there. Returns its path there.
 *
 * @throws {UserError} FILE_UNREADABLE; HOST_PROBE; DEPLOY_FAILED: it did not arrive whole
 */
export async function deployFile(connection: SshConnection, spec: SshHostSpec, file: string): Promise<string> {
  const { home } = await probe(connection, spec);
  const bundle = bundleOf([await fileToBring(file, DATA)]);
  const folder = folderFor(home, bundle.digest);
  await bring(connection, spec.alias, folder, { what: file, bundle });
  return `${folder}/${DATA}`;
}

/** One name for all, so that the same content has the same place whatever it is called here. */
const DATA = "data";

function folderFor(home: string, digest: string): string {
  return `${home}/.cache/nicbench/${digest}`;
}

function isBinary({ path }: BundleFile): boolean {
  return path === NODE || path.endsWith(".node");
}
