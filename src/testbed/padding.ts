/**
 * The size of a process's environment shifts its stack, and with it what shares a cache line or a page: a difference
 * between builds may be one of layouts (Mytkowicz, Diwan, Hauswirth and Sweeney, "Producing wrong data without doing
 * anything obviously wrong!", ASPLOS 2009). A variable of random length turns that into noise that intervals show.
 */
const VARIABLE = "NICBENCH_PADDING";

/**
 * The command with so many bytes more in its environment.
 *
 * @param bytes left out, the environment stays as it is
 */
export function padded(command: readonly string[], bytes?: number): readonly string[] {
  return bytes === undefined ? command : ["env", `${VARIABLE}=${"x".repeat(bytes)}`, ...command];
}
