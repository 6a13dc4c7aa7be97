/** Brings our agent to a host, once for each content: `~/.cache/nicbench/<digest>/` there. */
import { randomBytes } from "node:crypto";
import type { SFTPWrapper } from "ssh2";
import { messageOf, UserError } from "../../errors.js";
import type { SshHostSpec } from "../model.js";
import type { SshConnection } from "../ssh/connect.js";
import { script } from "../ssh/script.js";
import { AGENT, agentBundle, NODE, type Bundle, type BundleFile } from "./bundle.js";
import { checkFit, probe } from "./fit.js";

export interface Deployed {
  /** Folder on the host. */
  readonly folder: string;
  /** Program and arguments that start the agent there. */
  readonly command: readonly string[];
  /** Bytes that had to be sent; 0 if all was there. */
  readonly sentBytes: number;
}

/**
 * What is there already is verified by its digest, and sent anew if it does not fit.
 *
 * @throws {UserError} HOST_OTHER, HOST_SUDO, HOST_PROBE; DEPLOY_FAILED: the upload did not arrive whole
 */
export async function deploy(connection: SshConnection, spec: SshHostSpec): Promise<Deployed> {
  const host = await probe(connection, spec);
  const { install } = spec;
  const bundle = install === undefined ? await agentBundle({ withNode: host.node === undefined }) : undefined;
  checkFit(host, spec.alias, bundle?.files.filter(isBinary) ?? []);
  const folder = install ?? `${host.home}/.cache/nicbench/${bundle?.digest ?? ""}`;
  const sentBytes = bundle === undefined ? 0 : await bring(connection, spec.alias, folder, bundle);
  const node = host.node ?? (install === undefined ? `${folder}/${NODE}` : "node");
  const program = install === undefined ? [`${folder}/${AGENT}`] : [`${folder}/bin/nicbench.js`, "agent"];
  return { folder, command: [node, ...program], sentBytes };
}

function isBinary({ path }: BundleFile): boolean {
  return path === NODE || path.endsWith(".node");
}

/** Checks what the manifest on stdin names; a bundle in use is kept for longer. */
const VERIFY = `cd -- "$1" 2>/dev/null && sha256sum -c - >/dev/null 2>&1 && touch .`;

/** Beside its place, so that it appears there whole or not at all. What was used last a month ago is given up. */
const PREPARE =
  `umask 077 && mkdir -p -- "$1/dist" "$1/build/Release" && ` +
  `find "$1/.." -mindepth 1 -maxdepth 1 -type d -mtime +30 -exec rm -rf {} +`;
const FINISH = `rm -rf -- "$2" && mv -- "$1" "$2"`;
const GIVE_UP = `rm -rf -- "$1"`;

async function bring(connection: SshConnection, alias: string, folder: string, bundle: Bundle): Promise<number> {
  const intact = async (path: string): Promise<boolean> =>
    (await connection.exec(script(VERIFY, [path]), bundle.manifest)).exitCode === 0;
  if (await intact(folder)) return 0;
  const draft = `${folder}.part-${randomBytes(4).toString("hex")}`;
  const run = async (text: string, words: readonly string[]): Promise<void> => {
    const { exitCode, stderr } = await connection.exec(script(text, words));
    if (exitCode !== 0) throw new Error(stderr.trim() || `exit code ${exitCode ?? "unknown"}`);
  };
  try {
    await run(PREPARE, [draft]);
    await upload(connection, draft, bundle.files);
    if (!(await intact(draft))) throw new Error("what arrived is not what was sent, or the host has no sha256sum");
    await run(FINISH, [draft, folder]);
  } catch (error) {
    await connection.exec(script(GIVE_UP, [draft])).catch(() => undefined);
    if (error instanceof UserError) throw error;
    throw new UserError(
      "DEPLOY_FAILED",
      `The agent cannot be brought to host '${alias}', to ${folder}: ${messageOf(error)}.`,
      "Check the space and the rights there: df -h ~/.cache; and that its sshd has the sftp subsystem.",
    );
  }
  return bundle.files.reduce((sum, { content }) => sum + content.length, 0);
}

async function upload(connection: SshConnection, folder: string, files: readonly BundleFile[]): Promise<void> {
  const sftp = await connection.sftp();
  try {
    for (const { path, content, mode } of files) await send(sftp, `${folder}/${path}`, content, mode);
  } finally {
    sftp.end();
  }
}

function send(sftp: SFTPWrapper, path: string, content: Buffer, mode: number): Promise<void> {
  return new Promise((resolve, reject) => {
    sftp.once("close", () => reject(new Error("the connection broke")));
    sftp.writeFile(path, content, { mode }, (error) => (error instanceof Error ? reject(error) : resolve()));
  });
}
