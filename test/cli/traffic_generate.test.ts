/** `nicbench traffic generate`, with the real addon, and tshark as the second opinion on what it writes. */
import { execa } from "execa";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { BlockList, isIP } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { addonFile } from "../../src/native/addon.js";
import { dissectAll, framesOf, hasTshark, tsharkCounts } from "../native/tshark.js";
import { program } from "./nicbench.js";

const SUITE = `
nicbench: 1
name: sizes
title: Two sizes
experiment: forwarding
traffic: { profile: uniform, flows: 100, rate: 2Mpps }
matrix: { traffic.frame_size: [64B, imix] }
`;

const ROOT = join(import.meta.dirname, "../..");
const FIXTURES = join(ROOT, "test/fixtures/pcap");
const QUICKSTART = join(ROOT, "suites/captures/quickstart.pcap");
const SIZES_OF = ["--profile", "uniform", "--frame-size"];

async function generator(suite: string = SUITE) {
  const { folder, start } = await program(suite);
  const nicbench = (...args: string[]) => start(["traffic", ...args], { NICBENCH_AGENT: "" });
  const file = join(folder, "out.pcap");
  const generate = async (...args: string[]): Promise<string> => {
    const { exitCode, stderr } = await nicbench("generate", ...args, "-o", file);
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    return file;
  };
  return { folder, file, nicbench, generate };
}

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

/** How often each value comes. */
function counts<T>(values: readonly T[]): ReadonlyMap<T, number> {
  const seen = new Map<T, number>();
  for (const value of values) seen.set(value, (seen.get(value) ?? 0) + 1);
  return seen;
}

describe.skipIf(!existsSync(addonFile))("nicbench traffic generate (needs the addon: npm run build:native)", () => {
  it("writes the same bytes for the same seed, and others for another", async () => {
    const { generate } = await generator();
    const write = async (...args: string[]) =>
      readFile(await generate("--profile", "zipf", "--frames", "2k", "--force", ...args));
    const first = await write("--seed", "7");
    expect(await write("--seed", "7")).toEqual(first);
    expect(await write("--seed", "8")).not.toEqual(first);
  });

  it("writes frames that inspect finds no fault with, at the intended rate", async () => {
    const { generate, nicbench } = await generator();
    const file = await generate("--frames", "5k", "--rate", "1Mpps", "--flows", "300");
    const { stdout } = await nicbench("inspect", file, "--json");
    const inspection = JSON.parse(stdout);
    expect(inspection).toMatchObject({ frames: 5000, timestampUnit: "ns", problems: [] });
    expect(inspection.durationSeconds).toBeCloseTo(4999e-6, 9);
  });

  it("takes the traffic of a suite, and asks which of several", async () => {
    const { generate, nicbench, file } = await generator();
    const which = await nicbench("generate", "suite.yaml", "-o", file);
    expect(which).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/--point:\n {2}[0-9a-f]{12} {2}traffic/),
    });
    const point = /([0-9a-f]{12}) {2}traffic\.frame_size=imix/.exec(which.stderr)?.[1] ?? "none";
    await generate("suite.yaml", "--point", point, "--frames", "24");
    const { stdout } = await nicbench("inspect", file, "--json");
    const sizes = new Map(JSON.parse(stdout).sizes);
    expect([sizes.get(64), sizes.get(1023), sizes.get(1518)]).toEqual([14, 8, 2]);
    expect(JSON.parse(stdout).durationSeconds).toBeCloseTo(23 / 2e6, 9);
  });

  it.each([
    ["an unknown profile", ["--profile", "unifrom"], "did you mean 'uniform'?"],
    ["a size that its headers do not fit", ["--profile", "uniform", "--tunnel", "vxlan", "--frame-size", "64B"], "96B"],
    ["a letter that is no size", ["--profile", "uniform", "--frame-size", "imix:aax"], "'x' is no letter"],
    ["a weight of nothing", ["--profile", "uniform", "--frame-size", "64B:0,128B:1"], "weight above 0"],
    ["a network without a tunnel", ["--vni", "5"], "no effect"],
    ["three tags", ["--vlan", "[1, 2, 3]"], "more than 2"],
    ["more flows than tuples", ["--clients", "192.0.2.0/28", "--client-ports", "7", "--flows", "17"], "17 flows: 16"],
    ["a prefix that no flow has", ["--clients", "2001:db8::/32"], "set ipv6_share"],
    ["sizes of what is not Ethernet", [...SIZES_OF, `{pcap: ${FIXTURES}/linux-cooked.pcap}`], "not Ethernet"],
    ["a suite and flags", ["suite.yaml", "--flows", "5"], "and so do flags"],
    ["a suite without such traffic", ["rfc9693/table-capacity"], "has no traffic with a profile"],
    ["a folder that is not there", ["--output", "nowhere/out.pcap"], "No such file"],
    ["a device", ["--force", "--output", "/dev/full"], "not a regular file"],
  ])("refuses %s", async (_, args, message) => {
    const { nicbench, file } = await generator();
    const { exitCode, stderr } = await nicbench("generate", "-o", file, ...args);
    expect(stderr).toContain(message);
    expect(stderr).toContain("hint:");
    expect(exitCode).toBe(2);
    expect(existsSync(file)).toBe(false);
  });

  it("keeps a file that exists unless told otherwise", async () => {
    const { generate, nicbench, file } = await generator();
    const before = await readFile(await generate("--frames", "10"));
    const again = await nicbench("generate", "--frames", "20", "-o", file);
    expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--force") });
    expect(await readFile(file)).toEqual(before);
    await generate("--frames", "20", "--force");
    expect(await readFile(file)).not.toEqual(before);
  });

  // Debian's package tshark; without it there is no second opinion.
  describe.skipIf(!hasTshark)("as tshark sees it", () => {
    const HEADERS: readonly (readonly [string, readonly string[], string])[] = [
      ["plain frames", [], "eth:ethertype:ip:udp"],
      ["IPv6", ["--ipv6-share", "100%"], "eth:ethertype:ipv6:udp"],
      ["a VLAN tag", ["--vlan", "100"], "eth:ethertype:vlan:ethertype:ip:udp"],
      [
        "two tags",
        ["--vlan", "[{ id: 7, priority: 5 }, 100]"],
        "eth:ethertype:ieee8021ad:ethertype:vlan:ethertype:ip:udp",
      ],
      ["VXLAN", ["--tunnel", "vxlan", "--vni", "42"], "eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:udp"],
      ["GENEVE", ["--tunnel", "geneve", "--vni", "42"], "eth:ethertype:ip:udp:geneve:eth:ethertype:ip:udp"],
      ["GRE", ["--tunnel", "gre", "--ipv6-share", "1"], "eth:ethertype:ip:gre:ipv6:udp"],
      [
        "all at once",
        ["--vlan", "9", "--tunnel", "vxlan", "--ipv6-share", "1"],
        "eth:ethertype:vlan:ethertype:ip:udp:vxlan:eth:ethertype:ipv6:udp",
      ],
    ];

    it.each(HEADERS)("%s dissect, with every checksum right", async (_, args, protocols) => {
      const { generate } = await generator();
      const file = await generate(
        "--profile",
        "uniform",
        "--both-directions",
        "--frames",
        "200",
        "--flows",
        "50",
        ...args,
      );
      const frames = await dissectAll(file);
      expect(frames).toHaveLength(200);
      for (const frame of frames) {
        expect(frame.protocols).toMatch(new RegExp(`^${protocols}(:data)?$`));
        expect(frame.checksums.every((status) => status === "good" || status === "none")).toBe(true);
        expect(frame.checksums.at(-1)).toBe("good");
        expect(frame.problems).toEqual([]);
      }
    });

    it("campus traffic of both families, with flows that come and go, has right checksums", async () => {
      const { generate } = await generator();
      const args = ["--ipv6-share", "30%", "--tunnel", "geneve", "--new-flows", "100kfps", "--both-directions"];
      const frames = await dissectAll(await generate("--flows", "100", "--frames", "2k", ...args));
      const inner = counts(
        frames.map(({ protocols }) => /geneve:eth:ethertype:(ipv?6?:(?:tcp|udp))/.exec(protocols)?.[1]),
      );
      expect([...inner.keys()].toSorted()).toEqual(["ip:tcp", "ip:udp", "ipv6:tcp", "ipv6:udp"]);
      for (const { checksums } of frames) expect(checksums.at(-1)).toBe("good");
    });

    it("an IMIX has its shares and its order", async () => {
      const { generate } = await generator();
      const file = await generate("--profile", "uniform", "--frame-size", "imix:aaaaaaabbbbc", "--frames", "1200");
      const sizes = (await dissectAll(file)).map(({ length }) => length + 4);
      expect([...counts(sizes)].toSorted()).toEqual([
        [128, 400],
        [256, 100],
        [64, 700],
      ]);
      expect(sizes.slice(0, 13)).toEqual([...Array<number>(7).fill(64), 128, 128, 128, 128, 256, 64]);
    });

    it("sizes drawn by weight have their shares", async () => {
      const { generate } = await generator();
      const file = await generate("--profile", "uniform", "--frame-size", "64B:7,594B:4,1518B:1", "--frames", "6k");
      const sizes = counts((await dissectAll(file)).map(({ length }) => length + 4));
      expect((sizes.get(64) ?? 0) / 6000).toBeCloseTo(7 / 12, 1);
      expect((sizes.get(594) ?? 0) / 6000).toBeCloseTo(4 / 12, 1);
    });

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
      const amount = ["--profile", "uniform", "--flows", "300", "--frames", "6k"];
      const file = await generate(...amount, ...flags, ...ports, ...others);
      const [isClient, isServer] = [within(clients, 5000, 5999), within(servers, 7000, 7002)];
      const frames = await framesOf(file);
      for (const { flow } of frames) {
        expect(flow).toMatchObject({ from: expect.toSatisfy(isClient), to: expect.toSatisfy(isServer) });
      }
      expect(new Set(frames.map(({ flow }) => flow?.from)).size).toBe(300);
      for (const { checksums } of await dissectAll(file)) expect(checksums.at(-1)).toBe("good");

      const { flows, ends } = JSON.parse((await nicbench("inspect", file, "--json")).stdout);
      expect(flows).toBe(300);
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
      expect(ends).toHaveLength(2 * new Set([...clients].map((prefix) => isIP(prefix.split("/")[0] ?? ""))).size);
    });

    it("sizes of a capture come as often as in it", async () => {
      const { generate } = await generator();
      const file = await generate(...SIZES_OF, `{pcap: ${QUICKSTART}}`, "--frames", "20k");
      const [theirs, ours] = await Promise.all([QUICKSTART, file].map(async (of) => await framesOf(of)));
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
      recorded.forEach(({ nanoseconds }, i) => {
        expect(Math.abs(Number(played[i]?.nanoseconds) - Number(nanoseconds - start) / 2)).toBeLessThanOrEqual(1);
      });
    });

    it.each([
      ["two families", ["--ipv6-share", "50%"]],
      ["GRE", ["--tunnel", "gre"]],
      ["VXLAN", ["--tunnel", "vxlan"]],
    ])("%s count as in inspect", async (_, args) => {
      const { generate, nicbench } = await generator();
      const file = await generate("--frames", "3k", "--flows", "200", ...args);
      const { durationSeconds, ...theirs } = await tsharkCounts(file);
      const ours = JSON.parse((await nicbench("inspect", file, "--json")).stdout);
      expect(ours).toMatchObject(theirs);
      expect(ours.durationSeconds).toBeCloseTo(durationSeconds, 9);
    });
  });

  it("leaves nothing behind when there is no room", async () => {
    const { folder, file } = await generator();
    const nicbench = `${process.execPath} ${join(import.meta.dirname, "../../bin/nicbench.js")}`;
    // A limit on the size of files stands for a disk that is full.
    const script = `trap '' XFSZ; ulimit -f 8; ${nicbench} traffic generate --frames 10k -o out.pcap`;
    const { exitCode, stderr } = await execa("bash", ["-c", script], {
      cwd: folder,
      env: { NICBENCH_AGENT: "", NO_COLOR: "1" },
      reject: false,
    });
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("could not be written whole"),
    });
    expect(existsSync(file)).toBe(false);
  });
});
