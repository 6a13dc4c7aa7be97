/**
 * What a host needs to run our agent: the agent as one file, the addon with its plug-ins and, where the host has no
 * Node.js that fits, ours. The folder has the layout of an installation and is named by the digest of its content.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { UserError } from "../../errors.js";
import { packageRoot, packageVersion } from "../../package.js";

export interface BundleFile {
  /** Relative to the bundle. */
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

export interface Bundle {
  /** SHA-256 of the manifest, in hexadecimal. */
  readonly digest: string;
  readonly files: readonly BundleFile[];
  /** As sha256sum(1) checks it. */
  readonly manifest: string;
}

export const AGENT = "dist/agent.mjs";
export const NODE = "node";
const ADDONS = "build/Release";

/** @throws {UserError} AGENT_NOT_BUILT, NATIVE_MISSING: this installation lacks what it would bring */
export async function agentBundle({ withNode }: { readonly withNode: boolean }): Promise<Bundle> {
  const agent = `${packageRoot}${AGENT}`;
  if (!existsSync(agent)) {
    throw new UserError("AGENT_NOT_BUILT", `There is no ${agent} to bring to hosts.`, "Build it: npm run prepare");
  }
  const manifest = JSON.stringify({ name: "nicbench", version: packageVersion(), type: "module" });
  return bundleOf([
    { path: "package.json", content: Buffer.from(manifest), mode: 0o600 },
    { path: AGENT, content: await readFile(agent), mode: 0o600 },
    ...(await addons()),
    ...(withNode ? [{ path: NODE, content: await readFile(process.execPath), mode: 0o700 }] : []),
  ]);
}

export function bundleOf(files: readonly BundleFile[]): Bundle {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const manifest = sorted.map(({ path, content }) => `${sha256(content)}  ${path}\n`).join("");
  return { digest: sha256(Buffer.from(manifest)), files: sorted, manifest };
}

/** The addon, and plug-ins such as that of DPDK beside it. */
export async function addons(): Promise<readonly BundleFile[]> {
  const folder = `${packageRoot}${ADDONS}`;
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^nicbench\w*\.(node|so)$/.test(name)) : [];
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

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
