/** What the hosts of a testbed should have in common, and whether they have. */
import { formatQuantity } from "../units.js";
import { item, type DoctorItem } from "./doctor_item.js";
import { isUnavailable } from "./host_files.js";
import type { Probe } from "./probe.js";

export interface ProbedHost {
  readonly name: string;
  readonly probe: Probe;
  readonly clock: ClockOffset;
}

/** How far a host's clock is ahead of the orchestrator's, and how far off that may be, in seconds (RFC 5905, section 8). */
export interface ClockOffset {
  readonly seconds: number;
  readonly within: number;
}

/** Empty for one host. */
export function hostDifferences(hosts: readonly ProbedHost[]): readonly DoctorItem[] {
  if (hosts.length < 2) return [];
  return [
    clockItem(hosts),
    mtuItem(hosts),
    sameItem("kernel", hosts, ({ facts }) => facts.kernel),
    sameItem("CPU model", hosts, ({ facts }) => facts.cpuModel),
    sameItem("CPU governor", hosts, ({ facts }) => facts.governor),
    sameItem("mitigations", hosts, ({ facts }) => facts.kernelCommandLine.match(/\bmitigations=\S+/)?.[0] ?? "default"),
  ];
}

/** Beyond this, lines of two logs cannot be put in order any more. */
const MOST_APART_SECONDS = 0.1;

function clockItem(hosts: readonly ProbedHost[]): DoctorItem {
  const clocks = hosts.map(({ clock }) => clock);
  const ahead = clocks.reduce((a, b) => (b.seconds > a.seconds ? b : a));
  const behind = clocks.reduce((a, b) => (b.seconds < a.seconds ? b : a));
  const apart = ahead.seconds - behind.seconds;
  const within = ahead.within + behind.within;
  const found = `${formatQuantity(apart, "s")} apart, within ${formatQuantity(within, "s")}`;
  if (apart - within <= MOST_APART_SECONDS) return item("clocks", "ok", found);
  const advice =
    "No measurement compares the clocks of two hosts, but their logs do not fit together; run an NTP client.";
  return item("clocks", "advice", found, advice);
}

function mtuItem(hosts: readonly ProbedHost[]): DoctorItem {
  const ports = hosts.flatMap(({ name, probe }) =>
    probe.ports
      .filter(({ mtu }) => !isUnavailable(mtu))
      .map((port) => ({ where: `${name} ${port.name}`, mtu: port.mtu })),
  );
  const mtus = new Set(ports.map(({ mtu }) => mtu));
  if (mtus.size <= 1) return item("MTU", "ok", ports[0]?.mtu ?? "no port has one that can be read");
  const found = ports.map(({ where, mtu }) => `${where}: ${mtu}`).join(", ");
  const advice = "Frames that one end sends are too large for the other; set the same: ip link set <port> mtu <size>";
  return item("MTU", "warning", found, advice);
}

function sameItem(name: string, hosts: readonly ProbedHost[], of: (probe: Probe) => string): DoctorItem {
  const values = hosts.map(({ name: host, probe }) => ({ host, value: of(probe) }));
  if (new Set(values.map(({ value }) => value)).size === 1) return item(name, "ok", values[0]?.value ?? "");
  const found = values.map(({ host, value }) => `${host}: ${value}`).join("; ");
  return item(name, "advice", found, "Roles that change hosts will not give the same numbers.");
}
