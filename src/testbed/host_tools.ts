/** Programs that a host may have, as an interface so that tests bring those of other machines. */
import { execa } from "execa";

export interface HostTools {
  /** What it prints, without surrounding white space; undefined if it is not there, or fails. */
  output(command: readonly [string, ...string[]]): Promise<string | undefined>;
}

const TIMEOUT_MS = 10_000;

export const hostTools: HostTools = {
  output: async ([program, ...args]) => {
    const { exitCode, stdout } = await execa(program, args, { reject: false, timeout: TIMEOUT_MS });
    return exitCode === 0 ? stdout.trim() : undefined;
  },
};
