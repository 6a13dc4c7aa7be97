/** Frames that are made from patterns, byte by byte. */
import { describe, expect, it } from "vitest";
import { patternOf } from "../../../src/agent/classifiers/conformance/entries.js";
import { frameOf } from "../../../src/agent/classifiers/conformance/frame.js";

const hex = (pattern: string): string => frameOf(patternOf(pattern)).toString("hex");

const ETHERNET = "020000000002" + "020000000001";

describe("the frame of a pattern", () => {
  it("has its headers and values, with a right checksum of IPv4", () => {
    // RFC 1071: the sum of the other words is a532.
    const ip = "4500001c" + "00000000" + "40115acd" + "0a010203" + "14000001";
    const udp = "03e8" + "0007" + "0008" + "0000";
    expect(hex("eth / ipv4 src is 10.1.2.3 / udp dst is 7")).toBe(`${ETHERNET}0800${ip}${udp}`.padEnd(120, "0"));
  });

  it("has a tag, and what is in a tunnel", () => {
    expect(hex("eth / vlan vid is 7 pcp is 3 / ipv6")).toContain(`${ETHERNET}8100600786dd6`);
    const vxlan = hex("eth / ipv4 / udp / vxlan vni is 7 / eth / ipv4");
    expect(vxlan).toContain(`12b5003200000800000000000700${ETHERNET}080045`);
  });
});
