/** `nicbench traffic generate`, with the real addon, and tshark as the second opinion on what it writes. */
import { execa } from "execa";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { addonFile } from "../../src/native/addon.js";
import { dissectAll, hasTshark, tsharkCounts } from "../native/tshark.js";
import { counts, generator as generatorOf } from "./traffic_generator.js";

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
const SIZES_OF = ["--profile", "uniform", "--frame-size"];

const generator = () => generatorOf(SUITE);

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
