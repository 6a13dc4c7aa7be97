/** A file that only its descriptor leads to, for programs that read a batch from a file: it vanishes with the agent. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface BatchFile {
  /** For other processes of this user. */
  readonly path: string;
  write(content: string | Buffer): void;
  close(): void;
}

export function openBatchFile(): BatchFile {
  const file = openUnnamed();
  return {
    path: `/proc/${process.pid}/fd/${file}`,
    write: (content) => {
      ftruncateSync(file);
      writeAll(file, content);
    },
    close: () => closeSync(file),
  };
}

function openUnnamed(): number {
  const folder = mkdtempSync(join(tmpdir(), "nicbench-batch-"));
  try {
    return openSync(join(folder, "batch"), "wx+");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeAll(file: number, content: string | Buffer): void {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at, at);
}

/** Where such a file was read, which says nothing to people. */
export const BATCH_PATH = /\/proc\/\d+\/fd\/\d+:?/g;
