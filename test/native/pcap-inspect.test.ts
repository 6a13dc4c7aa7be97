/** `nicbench traffic inspect` against tshark, over every fixture and the capture that ships. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import type { PcapInspection } from "../../src/agent/protocol.js";
import { hasTshark, tsharkCounts } from "./tshark.js";

const ROOT = resolve(import.meta.dirname, "../..");
const FIXTURES = join(ROOT, "test/fixtures/pcap");
const QUICKSTART = join(ROOT, "suites/captures/quickstart.pcap");

const inspectCommand = (file: string, ...flags: readonly string[]) =>
  execa(process.execPath, [join(ROOT, "bin/nicbench.js"), "traffic", "inspect", file, ...flags], { reject: false });

async function inspect(file: string): Promise<PcapInspection> {
  const { stdout, stderr, exitCode } = await inspectCommand(file, "--json");
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout) as PcapInspection;
}

const kinds = ({ problems }: PcapInspection): readonly string[] => problems.map(({ kind }) => kind);

describe("the capture fixtures", () => {
  it("are what their script makes", async () => {
    const folder = await mkdtemp(join(tmpdir(), "nicbench-captures-"));
    await execa(process.execPath, [join(FIXTURES, "make.mjs"), folder]);
    const names = await readdir(folder);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const [made, committed] = await Promise.all([bytesOf(join(folder, name)), bytesOf(join(FIXTURES, name))]);
      expect(made.equals(committed), name).toBe(true);
    }
    await rm(folder, { recursive: true });
  });
});

/** The bytes of a file; of a compressed one those inside, as zlib versions differ in how they pack. */
async function bytesOf(file: string): Promise<Buffer> {
  const bytes = await readFile(file);
  return file.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

describe("traffic inspect", { timeout: 60_000 }, () => {
  const clean = ["mixed.pcap", "big-endian-ns.pcap", "vlan.pcap", "extension-headers.pcap", "no-frames.pcap"];
  const damaged = [
    "fragments.pcap",
    "snap-length.pcap",
    "snap-length-headers.pcap",
    "large-frames.pcap",
    "cut-in-frame.pcap",
    "cut-in-record-header.pcap",
  ];

  // Debian's package tshark; without it there is no second opinion.
  describe.skipIf(!hasTshark)("counts what tshark counts", () => {
    it.each([...clean, "quickstart.pcap"])("in the clean capture %s", async (name) => {
      const file = name === "quickstart.pcap" ? QUICKSTART : join(FIXTURES, name);
      const [ours, theirs] = await Promise.all([inspect(file), tsharkCounts(file)]);
      const { durationSeconds, ...counts } = theirs;
      expect(ours).toMatchObject(counts);
      expect(ours.durationSeconds).toBeCloseTo(durationSeconds, 9);
      expect(kinds(ours)).toEqual([]);
    });

    it.each(damaged)("in %s, and says what is wrong with it", async (name) => {
      const file = join(FIXTURES, name);
      const [ours, theirs] = await Promise.all([inspect(file), tsharkCounts(file)]);
      const { frames, capturedBytes, originalBytes, flows, connections } = theirs;
      expect(ours).toMatchObject({ frames, capturedBytes, originalBytes, flows, connections });
      expect(kinds(ours)).not.toEqual([]);
    });

    it("as frames and bytes of hostile headers, which it believes none of", async () => {
      const file = join(FIXTURES, "hostile.pcap");
      const [ours, { frames, originalBytes }] = await Promise.all([inspect(file), tsharkCounts(file)]);
      expect(ours).toMatchObject({ frames, originalBytes, flows: 1, connections: 1 });
      expect(kinds(ours).toSorted()).toEqual(["a header contradicts itself", "a header is cut off"]);
    });
  });

  it("reads byte order and time unit from the magic number", async () => {
    expect(await inspect(join(FIXTURES, "mixed.pcap"))).toMatchObject({ byteOrder: "little", timestampUnit: "us" });
    expect(await inspect(join(FIXTURES, "big-endian-ns.pcap"))).toMatchObject({
      byteOrder: "big",
      timestampUnit: "ns",
    });
  });

  it("puts every frame of the capture that ships into a size class up to 1518 bytes", async () => {
    const { sizes, frames } = await inspect(QUICKSTART);
    const usual = sizes.filter(([edge]) => edge <= 1518).reduce((total, [, count]) => total + count, 0);
    expect(usual).toBe(frames);
  });

  it("does not look for Ethernet in a capture of another link type", async () => {
    const result = await inspect(join(FIXTURES, "linux-cooked.pcap"));
    expect(result).toMatchObject({ linkType: 113, frames: 1, flows: 0 });
    expect(kinds(result)).toEqual(["not Ethernet: frames are not looked into"]);
  });

  it.each([
    ["other-format.pcapng", /pcapng.*editcap -F pcap/s],
    ["compressed.pcap.gz", /gzip.*gunzip/s],
    ["not-a-capture.pcap", /not a pcap file.*tcpdump -w/s],
    ["zero-bytes.pcap", /empty/],
    ["cut-in-file-header.pcap", /ends inside its header/],
    ["no-such-file.pcap", /No such file/],
  ])("refuses %s with one message and the way out", async (name, message) => {
    const { exitCode, stderr } = await inspectCommand(join(FIXTURES, name));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
