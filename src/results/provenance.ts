/** Where a run comes from: its name, the versions and the state of the repository that its suite lies in. */
import { execa } from "execa";
import { randomBytes } from "node:crypto";
import { messageOf } from "../errors.js";
import { packageVersion } from "../package.js";
import type { RunManifest } from "./model.js";

/** `<suite>-<UTC yyyymmddThhmmssZ>-<4 hex>`. */
export function runId(suite: string, at: Date): string {
  const name = suite.replaceAll(/[^A-Za-z0-9._-]+/g, "-");
  const time = at.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return `${name}-${time}-${randomBytes(2).toString("hex")}`;
}

export function versions(): RunManifest["versions"] {
  return { nicbench: packageVersion(), node: process.version.slice(1), v8: process.versions.v8 };
}

/** Commit of the repository around `directory`, and whether files of it differ from that commit. */
export async function gitState(directory: string): Promise<RunManifest["git"]> {
  try {
    const git = async (...args: string[]): Promise<string> => {
      const { stdout } = await execa("git", ["-C", directory, ...args], { timeout: GIT_TIMEOUT_MS });
      return stdout.trim();
    };
    const commit = await git("rev-parse", "HEAD");
    const changes = await git("status", "--porcelain", "--untracked-files=no");
    return { commit, dirty: changes !== "" };
  } catch (error) {
    return { unavailable: messageOf(error).split("\n").at(-1) ?? "git failed" };
  }
}

const GIT_TIMEOUT_MS = 5000;
