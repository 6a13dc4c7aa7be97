/** `nicbench traffic` with the real addon, in a folder of its own. */
import { join } from "node:path";
import { expect } from "vitest";
import { program } from "./nicbench.js";

/** @param suite that lies there as suite.yaml */
export async function generator(suite?: string) {
  const { folder, start } = await program(suite);
  const nicbench = (...args: string[]) => start(["traffic", ...args], { NICBENCH_AGENT: "" });
  const file = join(folder, "out.pcap");
  const generate = async (...args: string[]): Promise<string> => {
    const { exitCode, stderr } = await nicbench("generate", ...args, "-o", file);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    return file;
  };
  return { folder, file, nicbench, generate };
}

/** How often each value comes. */
export function counts<T>(values: readonly T[]): ReadonlyMap<T, number> {
  const seen = new Map<T, number>();
  for (const value of values) seen.set(value, (seen.get(value) ?? 0) + 1);
  return seen;
}
