/** Ctrl-C and its relatives: the first asks to stop, the second stops. */
import { EXIT } from "./exit_codes.js";

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Back to what signals do by default. */
  dispose(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Agents are killed when this process exits, so even the second one leaves nothing behind. */
export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(name);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
