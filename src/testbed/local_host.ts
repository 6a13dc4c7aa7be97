/** This machine. */
import { packageRoot } from "../package.js";
import type { Host } from "./host.js";
import { spawnLocal } from "./local_process.js";
import { padded } from "./padding.js";

/** @param command the agent and its arguments */
export function localHost(name: string, command: readonly string[] = localAgentCommand()): Host {
  return {
    name,
    kind: "local",
    startAgent: async (paddingBytes) => spawnLocal(padded(command, paddingBytes)),
    bring: async (file) => file,
    close: async () => undefined,
  };
}

/**
 * This program, as an agent. For tests, `NICBENCH_AGENT` names another program, which is started without
 * arguments and speaks the same protocol.
 */
export function localAgentCommand(): readonly string[] {
  const other = process.env["NICBENCH_AGENT"];
  return other === undefined || other === "" ? [process.execPath, `${packageRoot}bin/nicbench.js`, "agent"] : [other];
}
