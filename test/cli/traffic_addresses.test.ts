/** Whom generated frames are from and to, how long they are and when a capture's leave: as tshark sees it. */
import { existsSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { addonFile } from "../../src/native/addon.js";
import { dissectAll, framesOf, hasTshark } from "../native/tshark.js";
import { counts, generator } from "./traffic_generator.js";

const QUICKSTART = fileURLToPath(new URL("../../suites/captures/quickstart.pcap", import.meta.url));

/** Is an end such as `10.0.0.1:80` one of these addresses, with a port from `first` to `last`? */
function within(prefixes: readonly string[], first: number, last: number): (end: string) => boolean {
  const addresses = new BlockList();
  for (const prefix of prefixes) {
    const [network = "", length] = prefix.split("/");
    addresses.addSubnet(network, Number(length), isIP(network) === 4 ? "ipv4" : "ipv6");
  }
  return (end) => {
    const [, address = "", port] = /^(.*):(\d+)$/.exec(end) ?? [];
    const known = addresses.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
    return known && Number(port) >= first && Number(port) <= last;
  };
}

// Debian's package tshark; without it there is no second opinion.
describe.skipIf(!existsSync(addonFile) || !hasTshark)("generated frames (needs the addon)", () => {
  it.each([
    ["one prefix", ["10.1.0.0/16"], ["172.16.0.0/12"], []],
    ["several", ["192.0.2.0/24", "10.1.0.0/16", "198.51.100.7/32"], ["203.0.113.0/25", "172.16.0.0/12"], []],
    ["IPv6", ["2001:db8::/32", "fd00::/120"], ["2001:db9:0:1::/64"], ["--ipv6-share", "100%"]],
    [
      "both IP versions, tagged",
      ["10.1.0.0/16", "2001:db8::/32"],
      ["172.16.0.0/12", "2001:db9:0:1::/64"],
      ["--ipv6-share", "50%", "--vlan", "7"],
    ],
  ])("addresses and ports of %s are those asked for, every flow another", async (_, clients, servers, others) => {
    const { generate, nicbench } = await generator();
    const flags = ["--clients", clients.join(","), "--servers", servers.join(",")];
    const ports = ["--client-ports", "5000-5999", "--server-ports", "7000-7002"];
    const amount = ["--profile", "uniform", "--flows", "100", "--frames", "1500"];
    const file = await generate(...amount, ...flags, ...ports, ...others);
    const [isClient, isServer] = [within(clients, 5000, 5999), within(servers, 7000, 7002)];
    const frames = await framesOf(file);
    const foreign = frames.filter(({ flow }) => flow === undefined || !isClient(flow.from) || !isServer(flow.to));
    expect(foreign).toEqual([]);
    expect(new Set(frames.map(({ flow }) => flow?.from)).size).toBe(100);
    expect((await dissectAll(file)).filter(({ checksums }) => checksums.at(-1) !== "good")).toEqual([]);

    // And inspect says the same of them.
    const { flows, ends } = JSON.parse((await nicbench("inspect", file, "--json")).stdout);
    expect(flows).toBe(100);
    const addresses = (side: "from" | "to", version: number): ReadonlySet<string> => {
      const all = frames.map(({ flow }) => flow?.[side].replace(/:\d+$/, "") ?? "");
      return new Set(all.filter((address) => isIP(address) === version));
    };
    for (const { version, side, addresses: count, prefix, ports: range } of ends) {
      const known = addresses(side === "source" ? "from" : "to", version);
      expect(count).toBe(known.size);
      expect([...known].every((address) => within([prefix], 0, 0)(`${address}:0`))).toBe(true);
      expect(range).toEqual(
        side === "source"
          ? [expect.toSatisfy((port) => port < 5100), expect.toSatisfy((port) => port > 5900)]
          : [7000, 7002],
      );
    }
    expect(ends).toHaveLength(2 * new Set(clients.map((prefix) => isIP(prefix.split("/")[0] ?? ""))).size);
  });

  it("sizes of a capture come as often as in it", async () => {
    const { generate } = await generator();
    const file = await generate("--profile", "uniform", "--frame-size", `{pcap: ${QUICKSTART}}`, "--frames", "5k");
    const [theirs, ours] = await Promise.all([QUICKSTART, file].map(framesOf));
    const shares = (frames: typeof ours = []) =>
      [...counts(frames.map(({ length }) => Math.max(length, 60)))].map(([size, n]) => [size, n / frames.length]);
    const expected = new Map(shares(theirs) as [number, number][]);
    for (const [size = 0, share = 0] of shares(ours)) expect(share).toBeCloseTo(expected.get(size) ?? -1, 1);
  });

  it("a capture played at twice its rate has all its frames, in its order, at half its times", async () => {
    const { generate } = await generator();
    const recorded = await framesOf(QUICKSTART);
    const played = await framesOf(
      await generate("--pcap", QUICKSTART, "--rate", "2x", "--frames", String(recorded.length)),
    );
    const [start = 0n] = recorded.map(({ nanoseconds }) => nanoseconds);
    expect(played.map(({ flow }) => flow)).toEqual(recorded.map(({ flow }) => flow));
    const off = recorded.map(({ nanoseconds }, i) => Number(played[i]?.nanoseconds) - Number(nanoseconds - start) / 2);
    expect(Math.max(...off.map(Math.abs))).toBeLessThanOrEqual(1); // a time is a whole number of ns
  });
});
