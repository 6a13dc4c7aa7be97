/** What an agent does for each request: checks, delegates to the addon, adds what the host did meanwhile. */
import { messageOf, UserError } from "../errors.js";
import { chosenAddon, loadAddon } from "../native/addon.js";
import { addonDigest } from "../native/digest.js";
import { packageVersion } from "../package.js";
import { hostFacts } from "../testbed/facts.js";
import { probeHost } from "../testbed/probe.js";
import { readSteal } from "../testbed/steal.js";
import { machineLock, type MachineLock } from "../testbed/lock/machine_lock.js";
import { registerIn } from "../testbed/lock/register.js";
import { cpuTopology } from "../testbed/topology.js";
import { conformanceOf, softnicConformance } from "./classifiers/conformance/conformance.js";
import { classifierVersions } from "./classifiers/kinds.js";
import { ruleRateTrial, rulesTrial } from "./classifiers/trials.js";
import { findProgram, hostPrograms } from "./programs.js";
import { PROTOCOL_VERSION, SAME_VERSION } from "./protocol.js";
import type { AgentMethods, NativeInfo, RuleRateCounts, RulesTrialCounts } from "./protocol.js";
import type { NativeAddon } from "../native/addon.js";
import type { TrialEnvironment } from "../results/model.js";

/** The requests that do work; lease and shutdown are the server's own. */
export type Methods = {
  readonly [M in Exclude<keyof AgentMethods, "lease.renew" | "shutdown">]: (
    params: AgentMethods[M]["params"],
  ) => Promise<AgentMethods[M]["result"]>;
};

/** @param stop of those that the addon does not run, and so cannot stop */
type Trial<T extends object> = (stop: AbortSignal) => Promise<T & { readonly involuntarySwitches?: number }>;

/** The methods of this host; the addon is loaded at the first request that needs it. */
export function hostMethods(load: () => NativeAddon = loadAddon): Methods {
  let loaded: NativeAddon | undefined;
  let running: AbortController | undefined;
  const programs = hostPrograms();
  const addon = (): NativeAddon => (loaded ??= load());

  /** One trial at a time: two would measure each other. */
  const alone = async <T>(trial: (stop: AbortSignal) => Promise<T>): Promise<T> => {
    if (running !== undefined) throw busy();
    running = new AbortController();
    try {
      return await trial(running.signal);
    } finally {
      running = undefined;
    }
  };

  /** With what the host did to the trial, apart from what the trial counted. */
  const measured = <T extends object>(trial: Trial<T>) => alone((stop) => withEnvironment(trial, stop));

  return {
    hello: async ({ protocol }) => {
      if (protocol !== PROTOCOL_VERSION) throw otherProtocol(protocol);
      const [facts, topology, classifiers] = await Promise.all([hostFacts(), cpuTopology(), classifierVersions()]);
      return {
        protocol: PROTOCOL_VERSION,
        version: packageVersion(),
        pid: process.pid,
        native: nativeInfo(addon),
        facts: { ...facts, classifiers },
        topology,
      };
    },
    "host.probe": ({ ports }) => probeHost(ports),
    "host.clock": async () => ({ seconds: Date.now() / 1000 }),
    ...lockMethods(),
    "conntrack.run": (config) => measured(() => addon().startConntrackTrial(config)),
    "gateway.run": (config) => measured(() => addon().startGatewayTrial(config)),
    "forwarding.run": (config) => measured(() => addon().startForwardingTrial(config)),
    "rules.run": ({ classifier, ...config }) =>
      measured<RulesTrialCounts>((stop) => rulesTrial(config, classifier, addon(), stop)),
    "rules.rate": ({ classifier, ...config }) =>
      measured<RuleRateCounts>((stop) => ruleRateTrial(config, classifier, addon, stop)),
    "rules.conformance": ({ classifier, capability }) =>
      measured((stop) =>
        classifier === undefined
          ? softnicConformance(addon(), capability)
          : conformanceOf(classifier, capability, stop),
      ),
    "generator.run": (config) => measured(() => addon().startGeneratorTrial(config)),
    "generator.prepare": (config) =>
      alone(async () => {
        await addon().prepareGenerator(config);
        return {};
      }),
    "generator.measure": () => measured(() => addon().runGenerator()),
    "forwarder.start": (config) => addon().startForwarder(config),
    "forwarder.counts": async () => addon().forwarderCounts(),
    "forwarder.stop": async () => {
      addon().stopForwarder();
      return {};
    },
    "program.find": async (name) => ({ found: findProgram(name) }),
    "program.start": (command) => programs.start(command),
    "program.wait": ({ name, seconds }) => programs.wait(name, seconds),
    "program.stop": ({ name, rule }) => programs.stop(name, rule),
    "table.run": (config) => measured(() => addon().startTableTrial(config)),
    "calibration.read": ({ cpus }) => alone(() => addon().readCalibration({ cpus })),
    "limits.measure": (options) => alone(() => addon().measureLimits(options)),
    "trial.stop": async () => {
      const interrupted = programs.interrupt();
      if (running === undefined) return { stopped: interrupted };
      running.abort();
      addon().stopTrial();
      return { stopped: true };
    },
    "pcap.inspect": async ({ file }) => addon().inspectPcap(file),
    "traffic.summarise": async ({ traffic, frames }) => addon().summariseTraffic(traffic, frames),
    "traffic.generate": async ({ traffic, frames, file, replace }) =>
      addon().generateTraffic(traffic, frames, file, replace),
  };
}

type LockMethods = Pick<Methods, "lock.take" | "lock.release" | "lock.holder" | "lock.clear">;

function lockMethods(): LockMethods {
  const locks = new Map<string, MachineLock>();
  const lockIn = (folder: string): MachineLock => {
    const lock = locks.get(folder) ?? machineLock(registerIn(folder));
    locks.set(folder, lock);
    return lock;
  };
  return {
    "lock.take": async ({ folder, host, owner }) => {
      const heldBy = await lockIn(folder).take(host, owner);
      return heldBy === undefined ? {} : { heldBy };
    },
    "lock.release": async ({ folder }) => {
      await lockIn(folder).release();
      return {};
    },
    "lock.holder": async ({ folder }) => {
      const holder = await lockIn(folder).holder();
      return holder === undefined ? {} : { holder };
    },
    "lock.clear": async ({ folder, token }) => ({ cleared: await lockIn(folder).clear(token) }),
  };
}

function nativeInfo(addon: () => NativeAddon): NativeInfo {
  try {
    return { available: true, ...addon().info(), digest: addonDigest(chosenAddon()) };
  } catch (error) {
    const hint = error instanceof UserError ? error.hint : undefined;
    return { available: false, reason: messageOf(error), hint: hint ?? "Build it again: npm run build:native" };
  }
}

/** @param stop may come before the addon has a trial that it could stop */
async function withEnvironment<T extends object>(
  trial: Trial<T>,
  stop: AbortSignal,
): Promise<Omit<T, "involuntarySwitches"> & { readonly environment: TrialEnvironment }> {
  const before = await readSteal();
  if (stop.aborted) throw new UserError("STOPPED", "The trial was stopped before it started.");
  const { involuntarySwitches, ...counts } = await trial(stop);
  const stealSeconds = Math.max(0, (await readSteal()) - before);
  const switches = involuntarySwitches === undefined ? {} : { involuntarySwitches };
  return { ...counts, environment: { stealSeconds, ...switches } };
}

function otherProtocol(theirs: number): UserError {
  return new UserError(
    "AGENT_PROTOCOL",
    `This agent speaks protocol ${PROTOCOL_VERSION}, the orchestrator ${theirs}.`,
    SAME_VERSION,
  );
}

function busy(): UserError {
  return new UserError("AGENT_BUSY", "The agent runs a trial already.", "Wait for it, or send trial.stop.");
}
