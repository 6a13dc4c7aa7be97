/** What `nicbench calibrate` prints and keeps. */
import { messageOf, UserError } from "../errors.js";
import { withLockedAgent } from "../agent/once.js";
import { wireProblem } from "../experiments/forwarding.js";
import { areApart } from "../experiments/ports.js";
import { calibrate as measure } from "../runner/calibrate.js";
import { keepCalibration } from "../runner/calibration_store.js";
import { LEAST_CPU_SHARE } from "../experiments/conntrack/verdict.js";
import { loadTestbed } from "../testbed/load.js";
import { localHost } from "../testbed/local_host.js";
import { placeRoles } from "../testbed/placement.js";
import { formatQuantity, parseDuration } from "../units.js";
import { patienceOf, type WaitFlags } from "./host_options.js";
import { columns, print, tell, warn } from "./terminal.js";
import type { AgentClient } from "../agent/client.js";
import type { Calibration } from "../results/calibration.js";
import type { RolePlacement, Testbed } from "../testbed/model.js";

export interface CalibrateFlags extends WaitFlags {
  readonly wire?: readonly string[];
  readonly seconds: string;
  readonly json?: true;
}

export async function calibrate(testbedFile: string | undefined, flags: CalibrateFlags): Promise<void> {
  const testbed = await loadTestbed(testbedFile);
  const seconds = parseDuration(flags.seconds);
  if (!(seconds > 0)) throw tooShort(flags.seconds);
  const calibrations = await withLockedAgent(localHost("here"), "calibrate", patienceOf(flags), (agent) => {
    const roles = rolesOn(agent, testbed);
    return calibrateAll(agent, roles, flags.wire, seconds);
  });
  print(flags.json === true ? JSON.stringify(calibrations, null, 2) : calibrations.map(tables).join("\n\n"));
  for (const calibration of calibrations) {
    if (calibration.cpuShare < LEAST_CPU_SHARE) warnOfLostCpu(calibration);
    else await keep(calibration);
  }
}

/** @throws {UserError} where the testbed is not threads of one agent on this machine */
function rolesOn({ topology }: AgentClient, testbed: Testbed): Readonly<Record<string, RolePlacement>> {
  const hosts = Object.entries(testbed.hosts);
  const { roles, warnings } = placeRoles(testbed, Object.fromEntries(hosts.map(([name]) => [name, topology])));
  if (areApart(roles) || hosts.some(([, { kind }]) => kind !== "local")) throw onPorts(testbed.name);
  for (const warning of warnings) warn(warning);
  return roles;
}

async function calibrateAll(
  agent: AgentClient,
  { generator, dut }: Readonly<Record<string, RolePlacement>>,
  named: readonly string[] | undefined,
  seconds: number,
): Promise<readonly Calibration[]> {
  const wires = named ?? [generator?.io ?? "ring"];
  for (const wire of wires) checkWire(wire, agent);
  const cpus = { generatorCpu: generator?.cpus[0] ?? -1, farCpu: dut?.cpus[0] ?? -1 };
  const calibrations: Calibration[] = [];
  for (const wire of wires) {
    tell(`calibrating ${wire}`);
    calibrations.push(await measure(agent, { wire, ...cpus, seconds }, new Date()));
  }
  return calibrations;
}

function checkWire(wire: string, { native }: AgentClient): void {
  if (!native.available) throw new UserError("NATIVE_MISSING", native.reason, native.hint);
  const problem = wireProblem(wire, native);
  if (problem !== undefined) throw new UserError("WIRE_UNUSABLE", problem, "See what there is: nicbench list wires");
}

function tables(calibration: Calibration): string {
  const { wire, opened, ceilings, pacing, latency, clockReadNs } = calibration;
  const title = wire === opened ? wire : `${wire} (${opened})`;
  const most = ceilings.map(({ frameSize, rate, least }) => [
    `${frameSize} B`,
    formatQuantity(rate, "frames/s"),
    formatQuantity(least, "frames/s"),
  ]);
  const ns = (value: number): string => formatQuantity(value, "ns");
  const errors = pacing.map(({ rate, offeredError, sendP50, sendP99, departureP99 }) => [
    formatQuantity(rate, "frames/s"),
    formatQuantity(offeredError, "ratio"),
    ...[sendP50, sendP99, departureP99].map(ns),
  ]);
  const blocks = [
    title,
    columns([["frame size", "ceiling", "worst of three"], ...most]),
    ...(errors.length === 0 ? [] : [columns([["rate", "off by", "late p50", "late p99", "apart p99"], ...errors])]),
    columns([
      [`round trip at ${formatQuantity(latency.rate, "frames/s")}`, `p50 ${ns(latency.p50)}, p99 ${ns(latency.p99)}`],
      ["reading the clock", ns(clockReadNs)],
    ]),
  ];
  return blocks.join("\n\n");
}

/** What is called a ceiling there is none. */
function warnOfLostCpu({ wire, cpuShare }: Calibration): void {
  const share = formatQuantity(cpuShare, "ratio");
  warn(
    `on ${wire} the generator had its CPU for only ${share} of the time of a measurement, so that this is not kept.`,
    "Calibrate again when the machine is quiet: nicbench doctor says what disturbs.",
  );
}

/** What was measured is printed in any case. */
async function keep(calibration: Calibration): Promise<void> {
  try {
    tell(`kept in ${await keepCalibration(calibration)}`);
  } catch (error) {
    warn(`the calibration was not kept: ${messageOf(error)}`, "Set XDG_CACHE_HOME to a folder that you may write to.");
  }
}

function tooShort(written: string): UserError {
  return new UserError(
    "CALIBRATION_TIME",
    `A measurement cannot last ${written}.`,
    "Leave --seconds out, or write 500ms.",
  );
}

function onPorts(testbed: string): UserError {
  return new UserError(
    "CALIBRATION_PORTS",
    `Testbed ${testbed} joins its roles by ports, and a calibration is of the ring and of veth pairs of this machine.`,
    "Leave the testbed out, and name the wire: nicbench calibrate --wire af_xdp",
  );
}
