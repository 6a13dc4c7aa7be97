/** Copies a bundle into a folder of a host: whole or not at all, and only what is not there. */
import { randomBytes } from "node:crypto";
import { posix } from "node:path";
import type { SFTPWrapper } from "ssh2";
import { messageOf, UserError } from "../../errors.js";
import { formatQuantity } from "../../units.js";
import type { SshConnection } from "../ssh/connect.js";
import { script } from "../ssh/script.js";
import { bytesOf, type Bundle, type BundleFile, type Content } from "./bundle.js";

/** Checks what the manifest on stdin names; a bundle in use is kept for longer. */
const VERIFY = `cd -- "$1" 2>/dev/null && sha256sum -c - >/dev/null 2>&1 && touch .`;

/** Beside its place, so that it appears there whole or not at all. What was used last a month ago is given up. */
const PREPARE =
  `umask 077 && mkdir -p -- "$@" && ` + `find "$1/.." -mindepth 1 -maxdepth 1 -type d -mtime +30 -exec rm -rf {} +`;
/** KiB that are free, the fourth field of the last line. */
const FREE = `df -Pk -- "$1" 2>/dev/null | while read -r _ _ _ free _; do echo "$free"; done | tail -n 1`;
const FINISH = `rm -rf -- "$2" && mv -- "$1" "$2"`;
const GIVE_UP = `rm -rf -- "$1"`;

/** What is brought, as errors call it. */
export interface Load {
  readonly what: string;
  readonly bundle: Bundle<Content>;
}

/**
 * Makes sure that a folder on the host has this content. Returns how many bytes had to be sent.
 *
 * @throws {UserError} DEPLOY_FAILED: what was sent did not arrive whole
 */
export async function bring(
  connection: SshConnection,
  alias: string,
  folder: string,
  { what, bundle }: Load,
): Promise<number> {
  const intact = async (path: string): Promise<boolean> =>
    (await connection.exec(script(VERIFY, [path]), bundle.manifest)).exitCode === 0;
  if (await intact(folder)) return 0;
  const draft = `${folder}.part-${randomBytes(4).toString("hex")}`;
  const run = async (text: string, words: readonly string[]): Promise<void> => {
    const { exitCode, stderr } = await connection.exec(script(text, words));
    if (exitCode !== 0) throw new Error(stderr.trim() || `exit code ${exitCode ?? "unknown"}`);
  };
  try {
    await run(PREPARE, [draft, ...foldersOf(bundle).map((inner) => `${draft}/${inner}`)]);
    await checkSpace(connection, draft, sizeOf(bundle));
    await upload(connection, draft, bundle.files);
    if (!(await intact(draft))) throw new Error("what arrived is not what was sent, or the host has no sha256sum");
    await run(FINISH, [draft, folder]);
  } catch (error) {
    await connection.exec(script(GIVE_UP, [draft])).catch(() => undefined);
    if (error instanceof UserError) throw error;
    throw new UserError(
      "DEPLOY_FAILED",
      `${what} cannot be brought to host '${alias}', to ${folder}: ${messageOf(error)}.`,
      "Check the space and the rights there: df -h ~/.cache; and that its sshd has the sftp subsystem.",
    );
  }
  return sizeOf(bundle);
}

function sizeOf({ files }: Bundle<Content>): number {
  return files.reduce((sum, { content }) => sum + bytesOf(content), 0);
}

function foldersOf({ files }: Bundle<Content>): readonly string[] {
  return [...new Set(files.map(({ path }) => posix.dirname(path)))];
}

/** SFTP has no word for a full disk, so it is asked before; a host that does not tell is tried. */
async function checkSpace(connection: SshConnection, folder: string, needed: number): Promise<void> {
  const said = (await connection.exec(script(FREE, [folder]))).stdout.trim();
  const free = 1024 * Number(said);
  if (!/^\d+$/.test(said) || free >= needed) return;
  const [have, need] = [free, needed].map((bytes) => formatQuantity(bytes, "bytes"));
  throw new Error(`its disk is full: ${have} are free, and ${need} are needed`);
}

async function upload(connection: SshConnection, folder: string, files: readonly BundleFile<Content>[]): Promise<void> {
  const sftp = await connection.sftp();
  try {
    for (const { path, content, mode } of files) await send(sftp, `${folder}/${path}`, content, mode);
  } finally {
    sftp.end();
  }
}

function send(sftp: SFTPWrapper, path: string, content: Content, mode: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: unknown): void => (error instanceof Error ? reject(error) : resolve());
    sftp.once("close", () => reject(new Error("the connection broke")));
    if (Buffer.isBuffer(content)) sftp.writeFile(path, content, { mode }, done);
    else sftp.fastPut(content.file, path, { mode }, done);
  });
}
