/** What an agent does for each request: checks, delegates to the addon, adds what the host did meanwhile. */
import { messageOf, UserError } from "../errors.js";
import { loadAddon } from "../native/addon.js";
import { packageVersion } from "../package.js";
import { hostFacts } from "../testbed/facts.js";
import { readSteal } from "../testbed/steal.js";
import { PROTOCOL_VERSION } from "./protocol.js";
import type { AgentMethods, ConntrackTrialConfig, ConntrackTrialResult, NativeInfo } from "./protocol.js";
import type { NativeAddon } from "../native/addon.js";

/** The requests that do work; lease and shutdown are the server's own. */
export type Methods = {
  readonly [M in Exclude<keyof AgentMethods, "lease.renew" | "shutdown">]: (
    params: AgentMethods[M]["params"],
  ) => Promise<AgentMethods[M]["result"]>;
};

/** The methods of this host; the addon is loaded at the first request that needs it. */
export function hostMethods(load: () => NativeAddon = loadAddon): Methods {
  let loaded: NativeAddon | undefined;
  let trialRunning = false;
  const addon = (): NativeAddon => (loaded ??= load());

  return {
    hello: async ({ protocol }) => {
      if (protocol !== PROTOCOL_VERSION) throw otherProtocol(protocol);
      const facts = await hostFacts();
      return { protocol: PROTOCOL_VERSION, version: packageVersion(), pid: process.pid, native: nativeInfo(addon), facts };
    },
    "conntrack.run": async (config) => {
      if (trialRunning) throw busy();
      trialRunning = true;
      try {
        return await runConntrack(addon(), config);
      } finally {
        trialRunning = false;
      }
    },
    "trial.stop": async () => ({ stopped: trialRunning && addon().stopTrial() }),
    "pcap.inspect": async ({ file }) => addon().inspectPcap(file),
    "traffic.summarise": async ({ traffic, frames }) => addon().summariseTraffic(traffic, frames),
  };
}

function nativeInfo(addon: () => NativeAddon): NativeInfo {
  try {
    return { available: true, ...addon().info() };
  } catch (error) {
    const hint = error instanceof UserError ? error.hint : undefined;
    return { available: false, reason: messageOf(error), hint: hint ?? "Build it again: npm run build:native" };
  }
}

async function runConntrack(addon: NativeAddon, config: ConntrackTrialConfig): Promise<ConntrackTrialResult> {
  const before = await readSteal();
  const { involuntarySwitches, ...result } = await addon.startConntrackTrial(config);
  const stealSeconds = Math.max(0, (await readSteal()) - before);
  const switches = involuntarySwitches === undefined ? {} : { involuntarySwitches };
  return { ...result, environment: { stealSeconds, ...switches } };
}

function otherProtocol(theirs: number): UserError {
  return new UserError(
    "AGENT_PROTOCOL",
    `This agent speaks protocol ${PROTOCOL_VERSION}, the orchestrator ${theirs}.`,
    "Install the same version of nicbench at both ends.",
  );
}

function busy(): UserError {
  return new UserError("AGENT_BUSY", "The agent runs a trial already.", "Wait for it, or send trial.stop.");
}
