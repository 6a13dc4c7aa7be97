/** Rules that are spelt right and mean nothing. */
import { describe, expect, it } from "vitest";
import { ruleOfCommand } from "../../src/rules/commands.js";
import { problemText } from "../../src/yaml/problems.js";

function problemOf(text: string): string | undefined {
  const parsed = ruleOfCommand({ text: `flow create 0 ${text}`, line: 7 }, "rules.txt");
  return "problem" in parsed ? problemText(parsed.problem) : undefined;
}

const withPattern = (pattern: string): string => `ingress pattern ${pattern} / end actions drop / end`;
const withActions = (actions: string): string => `ingress group 1 pattern eth / end actions ${actions} / end`;

describe("a rule", () => {
  it.each([
    "eth",
    "ipv4 src is 10.0.0.1",
    "eth type is 0x0800 / ipv4 proto is 17 / udp",
    "eth type spec 0x0800 type mask 0xff00 / ipv4",
    "eth / vlan vid is 7 / vlan vid is 8 / ipv6 proto is 58 / icmp",
    "eth / ipv4 proto spec 1 proto last 20 / tcp dst spec 1 dst last 9",
    "eth / ipv4 / udp / vxlan vni is 7 / eth / ipv6 / tcp",
    "eth / ipv4 / gre / ipv4 / udp / geneve",
    "meta data is 7 / eth / tag data is 1 / ipv4",
  ])("may match %s", (pattern) => {
    expect(problemOf(withPattern(pattern))).toBeUndefined();
  });

  it.each([
    ["eth type is 0x0806 / ipv4", "7:31: pattern.eth.type: cannot be so before ipv4, where it is 0x800"],
    ["eth / ipv4 proto is 6 / udp", "7:37: pattern.ipv4.proto: cannot be so before udp, where it is 0x11"],
    ["eth / ipv4 proto spec 20 proto last 30 / udp", "pattern.ipv4.proto: cannot be so before udp"],
    ["eth / ipv6 proto is 1 / icmp", "pattern.ipv6.proto: cannot be so before icmp, where it is 0x3a"],
    ["eth / udp", "7:37: pattern.udp: cannot come after eth; it comes after ipv4 or ipv6"],
    ["eth / ipv4 / tcp / vxlan", "pattern.vxlan: cannot come after tcp; it comes after udp"],
    ["udp", "pattern.udp: cannot come at the beginning"],
    ["eth / eth", "pattern.eth: cannot come after eth"],
    ["eth / ipv4 src mask 255.0.0.0", "pattern.ipv4.src: has a mask, a prefix or an end but no value"],
    ["eth / ipv4 src prefix 24", "pattern.ipv4.src: has a mask, a prefix or an end but no value"],
  ])("cannot match %s", (pattern, words) => {
    expect(problemOf(withPattern(pattern))).toContain(words);
  });

  it.each([
    ["count", "actions: do not say what becomes of a frame; add one of queue"],
    ["queue index 1 / drop", "actions.drop: comes after queue; there can be one of them"],
    ["jump group 1", "actions.jump.group: is the group that the rule is in"],
  ])("cannot do %s", (actions, words) => {
    expect(problemOf(withActions(actions))).toContain(words);
    expect(problemOf(withActions("count / jump group 2"))).toBeUndefined();
  });

  it("is for some direction", () => {
    expect(problemOf("pattern eth / end actions drop / end")).toContain("neither ingress, egress nor transfer");
  });
});
