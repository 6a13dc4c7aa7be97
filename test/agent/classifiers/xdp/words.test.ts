/** Rules as keys of BPF maps. */
import { describe, expect, it } from "vitest";
import { entriesOf } from "../../../../src/agent/classifiers/conformance/entries.js";
import { encoder } from "../../../../src/agent/classifiers/xdp/words.js";

function encoded(pattern: string, actions = "queue index 1", attributes = "") {
  const [entry] = entriesOf([`${attributes} pattern ${pattern} / end actions ${actions} / end`]);
  if (entry === undefined) throw new Error("no rule");
  return encoder()(entry);
}

const hex = (pattern: string): string => encoded(pattern).key.toString("hex");

describe("rules for BPF maps", () => {
  it("have the words of a frame that count, in its order, in their keys", () => {
    expect(hex("eth / ipv4 src is 10.0.0.1 dst is 20.0.0.2 / udp src is 258 dst is 772")).toBe(
      "0a000001140000020102" + "0304",
    );
    expect(hex("eth dst is 02:03:04:05:06:07")).toBe("0203040506070000");
    expect(hex("eth / vlan vid is 7 pcp is 1 / ipv4")).toBe("00002007");
    expect(hex("eth / ipv6 tc is 18 flow is 3")).toBe("01200003");
    expect(hex("eth")).toBe("00000000");
    expect(encoded("eth / vlan vid is 7").match.words).toEqual([{ base: 0, offset: 12, mask: 0x0fff }]);
    expect(encoded("eth / ipv4 / tcp flags is 2").match).toMatchObject({
      headers: 2 + 8,
      words: [{ base: 2, offset: 12 }],
    });
  });

  it("are in a trie if one address has a prefix, which comes last, and in a hash map of their mask otherwise", () => {
    const prefix = encoded("eth / ipv4 src spec 10.1.0.0 src prefix 16 dst is 20.0.0.2");
    expect(prefix.match.trie).toBe(true);
    expect(prefix.key.readUInt32LE()).toBe(32 + 16);
    expect(prefix.key.toString("hex", 4)).toBe("14000002" + "0a010000");
    const longer = encoded("eth / ipv4 src spec 10.1.2.0 src prefix 24 dst is 20.0.0.2");
    expect(longer.matchText).toBe(prefix.matchText);
    const two = encoded("eth / ipv4 src spec 10.1.0.0 src prefix 16 dst spec 20.0.0.0 dst prefix 8");
    expect(two.match).toMatchObject({ trie: false, words: [{ mask: 0xffff_0000 }, { mask: 0xff00_0000 }] });
    expect(two.key.toString("hex")).toBe("0a010000" + "14000000");
  });

  it("share what they have in common, and differ in their values", () => {
    const encode = encoder();
    const entries = entriesOf(
      ["10.0.0.1", "10.0.0.2"].map((src) => `pattern eth / ipv4 src is ${src} / end actions drop / end`),
    );
    const [one, other] = entries.map(encode);
    expect(one?.match).toBe(other?.match);
    expect([one?.key.toString("hex"), other?.key.toString("hex")]).toEqual(["0a000001", "0a000002"]);
    expect([one?.value.readUInt32LE(), other?.value.readUInt32LE()]).toEqual([0, 1]);
  });

  it.each([
    ["eth type is 0x0806 / ipv4", "drop", "No frame can have eth.type 0x806"],
    ["eth / ipv4 proto is 6 / udp", "drop", "No frame can have ipv4.proto 0x6"],
    ["eth / ipv4 / ipv4", "drop", "ipv4 behind another ipv4 or ipv6"],
    ["eth / ipv4 / udp / vxlan vni is 7", "drop", "match for vxlan"],
    ["eth / ipv4 / udp dst spec 1 dst last 9", "drop", "range for udp.dst"],
    ["eth", "mark id 1 / queue index 1", "action mark"],
    ["eth", "count", "one of queue, drop and jump"],
    ["eth", "drop / queue index 1", "one of queue, drop and jump"],
    ["eth", "jump group 70000", "the highest is 65535"],
  ])("are refused with item and reason: %s, %s", (pattern, actions, words) => {
    expect(() => encoded(pattern, actions)).toThrow(words);
  });

  it("jump upwards only", () => {
    expect(encoded("eth", "jump group 2", "group 1").value.readUInt16LE(4)).toBe(2);
    expect(() => encoded("eth", "jump group 1", "group 1")).toThrow("upwards only");
  });

  it("may name the type and the protocol that their headers imply", () => {
    expect(hex("eth type is 0x0800 / ipv4 proto is 17 / udp")).toBe("08000000" + "00110000");
  });
});
