/** Rules as testpmd takes them: what they become, and what is said of those that are wrong. */
import { describe, expect, it } from "vitest";
import { parseRule } from "../../src/rules/parse.js";
import { problemText } from "../../src/yaml/problems.js";
import type { Rule } from "../../src/rules/rule.js";

const place = { source: "rules.txt", number: 7 };

function rule(line: string): Rule {
  const parsed = parseRule(line, place);
  if ("problem" in parsed) throw new Error(problemText(parsed.problem));
  return parsed.rule;
}

/** What is said of a line that is wrong. */
function problem(line: string): string {
  const parsed = parseRule(line, place);
  if ("rule" in parsed) throw new Error(`no mistake in ${line}`);
  return problemText(parsed.problem);
}

const withPattern = (pattern: string) =>
  rule(`flow create 0 ingress pattern ${pattern} / end actions drop / end`).pattern;
const withActions = (actions: string) =>
  rule(`flow create 0 ingress pattern eth / end actions ${actions} / end`).actions;
const field = (text: string) => withPattern(text)[0]?.fields;

describe("a rule", () => {
  it("has its port, group, priority, direction, pattern and actions", () => {
    const text =
      "flow create 3 ingress group 1 priority 2 pattern eth / ipv4 src is 1.2.3.4 dst spec 10.0.0.0 dst mask 255.0.0.0 / " +
      "udp / end actions queue index 1 / mark id 5 / end";
    expect(rule(text)).toEqual({
      port: 3,
      group: 1,
      priority: 2,
      ingress: true,
      egress: false,
      transfer: false,
      pattern: [
        { name: "eth", fields: {} },
        {
          name: "ipv4",
          fields: {
            src: { spec: 0x01020304n, mask: 0xffffffffn },
            dst: { spec: 0x0a000000n, mask: 0xff000000n },
          },
        },
        { name: "udp", fields: {} },
      ],
      actions: [
        { name: "queue", values: { index: 1n }, lists: {} },
        { name: "mark", values: { id: 5n }, lists: {} },
      ],
    });
  });

  it("is in group 0 with priority 0, of every frame, unless it says otherwise", () => {
    expect(rule("  flow create 0 pattern end actions end")).toMatchObject({
      group: 0,
      priority: 0,
      pattern: [],
      actions: [],
    });
  });

  it("may name a field once for all that is said of it", () => {
    const both = { src: { spec: 0x0a000000n, mask: 0xff000000n } };
    expect(field("ipv4 src spec 10.0.0.0 mask 255.0.0.0")).toEqual(both);
    expect(field("ipv4 src spec 10.0.0.0 src prefix 8")).toEqual(both);
    expect(field("ipv4 src spec 10.0.0.0 src mask 0xff000000")).toEqual(both);
    expect(field("udp dst spec 1000 dst last 2000")).toEqual({ dst: { spec: 1000n, last: 2000n } });
  });

  it.each([
    ["eth dst is 02:00:00:0a:0B:0c", "dst", 0x0200000a0b0cn, (1n << 48n) - 1n],
    ["ipv4 src is 255.255.255.255", "src", 0xffffffffn, 0xffffffffn],
    ["ipv6 src is ::", "src", 0n, (1n << 128n) - 1n],
    ["ipv6 src is 2001:db8::1", "src", 0x20010db8000000000000000000000001n, (1n << 128n) - 1n],
    ["ipv6 dst is 1:2:3:4:5:6:7:8", "dst", 0x00010002000300040005000600070008n, (1n << 128n) - 1n],
    ["ipv6 dst is fe80::", "dst", 0xfe80n << 112n, (1n << 128n) - 1n],
    ["ipv6 dst is ::ffff:1.2.3.4", "dst", 0xffff01020304n, (1n << 128n) - 1n],
    ["vlan vid is 0xfff", "vid", 4095n, 4095n],
    ["vxlan vni is 16777215", "vni", 16_777_215n, 16_777_215n],
    ["tcp flags is 2", "flags", 2n, 255n],
    ["meta data is 7", "data", 7n, 0xffffffffn],
  ])("reads the value of %s", (text, name, spec, mask) => {
    expect(field(text)).toEqual({ [name]: { spec, mask } });
  });

  it.each([
    [0, 0n],
    [1, 0x80000000n],
    [24, 0xffffff00n],
    [32, 0xffffffffn],
  ])("makes a mask of a prefix of %i", (length, mask) => {
    expect(field(`ipv4 src prefix ${length}`)).toEqual({ src: { mask } });
  });

  it("takes every item and action that the software NIC's rules have", () => {
    const items = ["eth", "vlan", "ipv4", "ipv6", "tcp", "udp", "icmp", "vxlan", "gre", "geneve", "meta", "tag"];
    expect(withPattern(items.join(" / ")).map(({ name }) => name)).toEqual(items);
    const actions =
      "queue index 1 / drop / jump group 2 / mark id 3 / count / set_meta data 4 mask 0xff / set_tag data 5 index 0 / " +
      "set_mac_dst mac_addr 02:00:00:00:00:01 / set_ipv4_src ipv4_addr 1.2.3.4 / set_ipv6_dst ipv6_addr ::1 / " +
      "set_tp_dst port 80 / port_id id 1";
    expect(withActions(actions)).toHaveLength(12);
  });

  it("spreads over queues", () => {
    expect(withActions("rss types ipv4 udp end queues 0 1 2 end / count")).toEqual([
      { name: "rss", values: {}, lists: { types: ["ipv4", "udp"], queues: ["0", "1", "2"] } },
      { name: "count", values: {}, lists: {} },
    ]);
  });
});

describe("a rule that is wrong is told with line, column, item and what was expected", () => {
  const start = "flow create 0 ingress pattern";
  it.each([
    ["flow creat 0", "7:6: 'creat' where 'create' was expected"],
    ["flow create x", "7:13: port: 'x' is no number of 16 bits"],
    ["flow create 65536 pattern", "7:13: port: '65536' is no number of 16 bits"],
    ["flow create 0 ingres pattern", "7:15: 'ingres' where one of group, priority, ingress,"],
    ["flow create 0 group pattern", "7:21: group: 'pattern' is no number of 32 bits"],
    ["flow create 0", "7:14: the line ends where one of group,"],
    [`${start} ipv5 / end`, "7:31: pattern: 'ipv5' where one of eth, vlan, ipv4"],
    [`${start} eth`, "7:34: pattern.eth: the line ends where one of dst, src, type, / was expected"],
    [`${start} ipv4 scr is 1.2.3.4 / end`, "7:36: pattern.ipv4: 'scr' where one of src, dst"],
    [`${start} ipv4 src 1.2.3.4 / end`, "7:40: pattern.ipv4.src: '1.2.3.4' where one of is, spec, last, mask, prefix"],
    [
      `${start} ipv4 src is 1.2.3 / end`,
      "7:43: pattern.ipv4.src: '1.2.3' is not its value; write an address such as 192",
    ],
    [`${start} ipv6 src is 1::2::3 / end`, "7:43: pattern.ipv6.src: '1::2::3' is not its value"],
    [`${start} eth src is 02:00:00 / end`, "7:42: pattern.eth.src: '02:00:00' is not its value"],
    [
      `${start} udp dst is 65536 / end`,
      "7:42: pattern.udp.dst: '65536' is not its value; write a number from 0 to 65535",
    ],
    [`${start} udp dst is -1 / end`, "7:42: pattern.udp.dst: '-1' is not its value"],
    [
      `${start} ipv4 src prefix 33 / end`,
      "7:47: pattern.ipv4.src: '33' is no length of a prefix; write a number from 0 to 32",
    ],
    [`${start} udp dst spec 9 last 8 / end`, "7:35: pattern.udp.dst: its range is empty: last is below spec"],
    [`${start} eth / end action drop`, "7:41: 'action' where 'actions' was expected; did you mean 'actions'?"],
    [`${start} eth / end actions quue index 1 / end`, "7:49: actions: 'quue' where one of queue,"],
    [`${start} eth / end actions queue / end`, "7:49: actions.queue: lacks its 'index'"],
    [`${start} eth / end actions queue index 1 end`, "7:63: actions.queue: 'end' where one of index, / was expected"],
    [`${start} eth / end actions drop`, "7:53: actions.drop: the line ends where '/' was expected"],
    [`${start} eth / end actions rss queues 0 1 / end`, "7:64: actions.rss.queues: '/' where 'end' was expected"],
    [`${start} eth / end actions drop / end now`, "7:60: actions: 'now' comes after the end of the rule"],
  ])("%s", (line, says) => {
    expect(problem(line)).toContain(`rules.txt:${says}`);
  });

  it("and names the nearest word", () => {
    expect(problem("flow create 0 ingres pattern end")).toContain("did you mean 'ingress'?");
    expect(problem(`${start} ipv4 scr is 1.2.3.4 / end`)).toContain("did you mean 'src'?");
  });

  it("whatever the line is, and never otherwise than so", () => {
    const words =
      `${start} ipv4 src spec 1.2.3.4 mask 0xff / udp dst prefix 3 / end actions rss queues 0 end / mark id 1 / end`.split(
        " ",
      );
    for (let i = 0; i < words.length; i += 1) {
      const without = words.filter((_, at) => at !== i).join(" ");
      const twice = words.flatMap((word, at) => (at === i ? [word, word] : [word])).join(" ");
      for (const line of [words.slice(0, i).join(" "), without, twice, words.with(i, "constructor").join(" ")]) {
        const parsed = parseRule(line, place);
        if ("problem" in parsed) expect(parsed.problem.place).toMatchObject({ line: 7 });
        else expect(parsed.rule.port).toBe(0);
      }
    }
  });
});
