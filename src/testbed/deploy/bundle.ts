/**
 * What a host needs to run our agent: the agent as one file, the addon with its plug-ins and, where the host has no
 * Node.js that fits, ours. The folder has the layout of an installation and is named by the digest of its content.
 * Captures are brought the same way.
 */
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { messageOf, UserError } from "../../errors.js";
import { fileDigest, sha256 } from "../../digest.js";
import { addonFiles, packageRoot, packageVersion } from "../../package.js";

export type Content = Buffer | FileOnDisk;

export interface BundleFile<C extends Content = Buffer> {
  /** Relative to the bundle. */
  readonly path: string;
  readonly content: C;
  readonly mode: number;
}

/** One that may be larger than memory. */
interface FileOnDisk {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 in hexadecimal. */
  readonly digest: string;
}

export interface Bundle<C extends Content = Buffer> {
  /** SHA-256 of the manifest, in hexadecimal. */
  readonly digest: string;
  readonly files: readonly BundleFile<C>[];
  /** As sha256sum(1) checks it. */
  readonly manifest: string;
}

export const AGENT = "dist/agent.mjs";
export const NODE = "node";
const ADDONS = "build/Release";

export interface BundleParts {
  readonly withNode: boolean;
  readonly withAddon: boolean;
}

/** @throws {UserError} AGENT_NOT_BUILT, NATIVE_MISSING: this installation lacks what it would bring */
export async function agentBundle({ withNode, withAddon }: BundleParts): Promise<Bundle> {
  const agent = `${packageRoot}${AGENT}`;
  if (!existsSync(agent)) {
    throw new UserError("AGENT_NOT_BUILT", `There is no ${agent} to bring to hosts.`, "Build it: npm run prepare");
  }
  const manifest = JSON.stringify({ name: "nicbench", version: packageVersion(), type: "module" });
  return bundleOf([
    { path: "package.json", content: Buffer.from(manifest), mode: 0o600 },
    { path: AGENT, content: await readFile(agent), mode: 0o600 },
    ...(withAddon ? await addons() : []),
    ...(withNode ? [{ path: NODE, content: await readFile(process.execPath), mode: 0o700 }] : []),
  ]);
}

export function bundleOf<C extends Content>(files: readonly BundleFile<C>[]): Bundle<C> {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const manifest = sorted.map(({ path, content }) => `${digestOf(content)}  ${path}\n`).join("");
  return { digest: sha256(Buffer.from(manifest)), files: sorted, manifest };
}

/** The addon, and plug-ins such as that of DPDK beside it. */
export async function addons(): Promise<readonly BundleFile[]> {
  const folder = `${packageRoot}${ADDONS}`;
  const names = addonFiles(folder);
  if (!names.includes("nicbench.node")) {
    throw new UserError(
      "NATIVE_MISSING",
      "The native addon is not built here, so there is none to bring to hosts.",
      "Build it: npm run build:native",
    );
  }
  return Promise.all(
    names.map(async (name) => ({
      path: `${ADDONS}/${name}`,
      content: await readFile(`${folder}/${name}`),
      mode: 0o700,
    })),
  );
}

/** @throws {UserError} FILE_UNREADABLE */
export async function fileToBring(file: string, path: string): Promise<BundleFile<FileOnDisk>> {
  try {
    const digest = await fileDigest(file);
    const { size: bytes } = await stat(file);
    return { path, content: { file, bytes, digest }, mode: 0o600 };
  } catch (error) {
    const hint = "Check that it is there, and that you may read it.";
    throw new UserError("FILE_UNREADABLE", `${file} cannot be read: ${messageOf(error)}.`, hint);
  }
}

export function bytesOf(content: Content): number {
  return Buffer.isBuffer(content) ? content.length : content.bytes;
}

function digestOf(content: Content): string {
  return Buffer.isBuffer(content) ? sha256(content) : content.digest;
}
