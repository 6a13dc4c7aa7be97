/** A machine of a testbed, as those see it who start programs there. */
import type { HostProcess } from "./host_process.js";
import type { HostSpec } from "./model.js";

export interface Host {
  readonly name: string;
  readonly kind: HostSpec["kind"];
  /**
   * Starts `nicbench agent` there; what is missing for it is brought first.
   *
   * @param paddingBytes that its environment is longer by; left out, it stays as it is
   * @throws {UserError} why the host cannot be reached, or cannot run our agent
   */
  startAgent(paddingBytes?: number): Promise<HostProcess>;
  /**
   * The path there of a file of this machine, which is brought first if the host does not see it.
   *
   * @throws {UserError} why it cannot be read or brought
   */
  bring(file: string): Promise<string>;
  /** Ends what is open to the host. Never rejects. */
  close(): Promise<void>;
}

/** All hosts of a testbed. */
export interface Hosts {
  /** @throws an error if the testbed has no such host */
  host(name: string): Host;
  /** Ends what is open, and removes what was made for the run. Never rejects. */
  close(): Promise<void>;
}
