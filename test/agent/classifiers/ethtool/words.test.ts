/** Rules as commands of ethtool, and what it lists of them: test/fixtures/ethtool/ntuple.txt. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listedFilters, ntupleState } from "../../../../src/agent/classifiers/ethtool/listing.js";
import { filterSummary, filterText } from "../../../../src/agent/classifiers/ethtool/words.js";
import { ruleMaker } from "../../../../src/agent/classifiers/rule_set.js";
import { parseRule } from "../../../../src/rules/parse.js";
import { ruleSet } from "../sample.js";
import type { Rule } from "../../../../src/rules/rule.js";

const LISTING = readFileSync(join(import.meta.dirname, "../../../fixtures/ethtool/ntuple.txt"), "utf8");

/** In testpmd's words, with the location and the command. */
const FILTERS = [
  [
    0,
    "pattern eth / ipv4 src is 100.64.0.1 dst is 192.168.0.7 / end actions queue index 1 / end",
    "flow-type ip4 src-ip 100.64.0.1 dst-ip 192.168.0.7 action 1 loc 0",
  ],
  [
    1,
    "pattern eth / ipv4 src spec 10.1.2.0 src mask 255.255.255.0 tos is 16 / tcp dst is 443 / end actions drop / end",
    "flow-type tcp4 src-ip 10.1.2.0 m 0.0.0.255 tos 16 dst-port 0x1bb action -1 loc 1",
  ],
  [
    2,
    "pattern eth / vlan vid is 5 / ipv6 src is fd00:1:1:1:1:1:1:5 dst spec fd00:2:: dst mask ffff:ffff:ffff:: / udp src is 1024 dst is 443 / end actions queue index 2 / end",
    "flow-type udp6 vlan 0x5 m 0xf000 src-ip fd00:1:1:1:1:1:1:5 dst-ip fd00:2:0:0:0:0:0:0 m 0:0:0:ffff:ffff:ffff:ffff:ffff src-port 0x400 dst-port 0x1bb action 2 loc 2",
  ],
  [
    3,
    "pattern eth dst is 02:00:00:00:00:0a type is 0x88f7 / end actions queue index 3 / end",
    "flow-type ether dst 02:00:00:00:00:0a proto 0x88f7 action 3 loc 3",
  ],
  [
    4,
    "pattern eth dst is 02:00:00:00:00:0b / ipv4 src is 10.0.0.1 / end actions queue index 1 / end",
    "flow-type ip4 dst-mac 02:00:00:00:00:0b src-ip 10.0.0.1 action 1 loc 4",
  ],
] as const;

function rule(text: string, attributes = ""): Rule {
  const parsed = parseRule(`flow create 0 ingress ${attributes} ${text}`, { source: "test", number: 1 });
  if ("problem" in parsed) throw new Error(JSON.stringify(parsed.problem));
  return parsed.rule;
}

describe("rules as ntuple filters of ethtool", () => {
  it.each(FILTERS)("are commands, with masks of the bits that do not count: %i", (location, text, command) => {
    expect(filterText(rule(text), location)).toBe(command);
  });

  it.each(FILTERS)("are found again in a listing: %i", (location, text) => {
    const listed = listedFilters(LISTING).find(({ id }) => id === location);
    expect(listed?.text).toBe(filterSummary(rule(text), location));
    expect(listed?.text).not.toBe(filterSummary(rule(text), location + 1));
  });

  it("are those of every match of a rule set that has no tunnel", () => {
    const types = ["eth", "eth/ipv4", "eth/ipv6", "vlan/ipv4", "eth/ipv4/tcp", "vlan/ipv6/udp"].map((match) => {
      const [, type] = filterText(ruleMaker(ruleSet({ match }))(3, false).rule, 3).split(" ");
      return type;
    });
    expect(types).toEqual(["ether", "ip4", "ip6", "ip4", "tcp4", "udp6"]);
  });

  it.each([
    ["group 1", "pattern eth / ipv4 / end actions drop / end", "group 1"],
    ["priority 2", "pattern eth / ipv4 / end actions drop / end", "priority 2"],
    ["", "pattern eth / ipv4 / udp / vxlan vni is 7 / end actions drop / end", "flow type for ipv4/udp/vxlan"],
    ["", "pattern eth / vlan / ipv4 / end actions drop / end", "whose id does not matter"],
    ["", "pattern eth src is 02:00:00:00:00:01 / ipv4 / end actions drop / end", "eth.src in flow type ip4"],
    ["", "pattern eth / ipv4 / tcp dst spec 1 dst last 9 / end actions drop / end", "range for tcp.dst"],
    ["", "pattern eth / ipv4 ttl is 3 / end actions drop / end", "ipv4.ttl"],
    ["", "pattern eth / ipv4 / end actions count / queue index 1 / end", "action count/queue"],
    ["", "pattern eth / ipv4 / end actions mark id 1 / end", "action mark"],
  ])("are refused with what ethtool lacks: %s %s", (attributes, text, words) => {
    const wanted = expect.stringMatching(new RegExp(`^ethtool has no .*${words}`)) as string;
    expect(() => filterText(rule(text, attributes), 0)).toThrow(
      expect.objectContaining({ code: "RULE_UNSUPPORTED", message: wanted }) as Error,
    );
  });
});

describe("a listing of ethtool", () => {
  it("has every filter, those of others too", () => {
    expect(listedFilters(LISTING).map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(listedFilters("4 RX rings available\nTotal 0 rules\n\n")).toEqual([]);
  });

  it("never shows another filter as ours: other types, other actions", () => {
    const ours = FILTERS.map(([location, text]) => filterSummary(rule(text), location));
    const others = listedFilters(LISTING).filter(({ id }) => id === 5 || id === 6);
    expect(others).toHaveLength(2);
    for (const { text } of others) expect(ours).not.toContain(text);
    const changed = LISTING.replace("Direct to queue 3", "Direct to queue 4").replace("dst-port", "x");
    expect(listedFilters(changed).find(({ id }) => id === 3)?.text).not.toBe(ours[3]);
  });
});

describe("the features of a device", () => {
  it.each([
    ["ntuple-filters: on", "on"],
    ["ntuple-filters: off", "off"],
    ["ntuple-filters: off [fixed]", "none"],
    ["rx-ntuple-filter: off [fixed]", "none"],
    ["ntuple-filters: on [fixed]", "on"],
  ])("say whether it has ntuple filters: %s", (line, state) => {
    expect(ntupleState(`Features for eth0:\nrx-checksumming: on\n${line}\nreceive-hashing: on\n`)).toBe(state);
  });

  it("may say nothing of them", () => expect(ntupleState("Features for eth0:\n")).toBeUndefined());
});
