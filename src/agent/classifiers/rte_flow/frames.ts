/**
 * Frames for the rules of a port of net_tap, the one that has an interface of the kernel to send them into, and which rule took them.
 *
 * Where the driver has counters they tell. net_tap has none: there rules go without `count`, rule n sends to queue n + 1 instead of
 * queue 1, and has taken what comes there; a rule that drops has taken what does not come at all. A last rule sends the others to queue
 * 0, since the kernel would spread them.
 */
import { execa } from "execa";
import { writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../../../errors.js";
import { injectInto } from "../inject.js";
import { interfaceOf, rteFlowFramesProblem } from "./port.js";
import type { NativeAddon } from "../../../native/addon.js";
import type { Action, Rule } from "../../../rules/rule.js";
import type { Entry } from "../classifier.js";

export interface FrameCounter {
  /** A rule as it is installed, so that the frames that it takes can be told. */
  countable(entry: Entry): Rule;
  /** Where the rule has no counter. */
  framesOf(entry: Entry): number;
  send(frames: readonly Uint8Array[]): Promise<void>;
}

/** kQueues of native/io/dpdk/dpdk_nic_rules.cc: of more rules than that the frames are not told. */
const QUEUES = 4;

/** @param canCount the driver takes rules with `count` */
export async function frameCounter(addon: NativeAddon, device: string, canCount: boolean): Promise<FrameCounter> {
  const name = interfaceOf(device);
  if (name !== undefined) await quieten(name);
  let taken: readonly number[] = [];
  let lost = 0;
  /** Resolves when all that the kernel has passed to the device has come. @throws {UserError} RTE_FLOW_FRAMES */
  const receive = async (passed: number): Promise<void> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      taken = (await addon.receiveByNicRules()).frames;
      const missing = passed - taken.reduce((sum, frames) => sum + frames, 0);
      if (missing <= 0) return;
      if (Date.now() > deadline) throw notReceived(device, missing);
      await pause(1);
    }
  };
  return {
    countable: ({ id, rule }) =>
      canCount ? rule : { ...rule, actions: rule.actions.flatMap((action) => uncounted(action, id)) },
    framesOf: ({ id, rule }) =>
      rule.actions.some(({ name: action }) => action === "drop") ? lost : (taken[id + 1] ?? 0),
    send: async (frames) => {
      if (name === undefined)
        throw new UserError("RTE_FLOW_FRAMES", `Not asked: ${rteFlowFramesProblem({ device }) ?? ""}`);
      await injectInto(name, frames);
      const passed = await outcomes(name);
      await receive(passed.packets);
      lost = passed.drops;
    },
  };
}

const PATIENCE_MS = 10_000;

function uncounted(action: Action, id: number): readonly Action[] {
  if (action.name === "count") return [];
  const isToldApart = action.name === "queue" && id + 1 < QUEUES;
  return isToldApart ? [{ ...action, values: { index: BigInt(id + 1) } }] : [action];
}

/** The kernel sends no frames of its own. */
export async function quieten(name: string): Promise<void> {
  await writeFile(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, "1");
}

/** Frames that the rules, which are in the queueing discipline of the interface, have let pass so far, and those that they dropped. */
async function outcomes(name: string): Promise<{ readonly packets: number; readonly drops: number }> {
  // Its JSON is none for this discipline (iproute2 6.1).
  const { stdout } = await execa("tc", ["-s", "qdisc", "show", "dev", name, "root"]);
  const [, packets, drops] = / (\d+) pkt \(dropped (\d+),/.exec(stdout) ?? [];
  return { packets: Number(packets), drops: Number(drops) };
}

function notReceived(device: string, frames: number): UserError {
  return new UserError(
    "RTE_FLOW_FRAMES",
    `${frames} frames that were sent into the device '${device}' never came.`,
    "Does another program receive from it?",
  );
}
