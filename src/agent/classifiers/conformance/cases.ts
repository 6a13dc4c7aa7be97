/**
 * What a classifier may be able to do, each with rules in testpmd's words, and frames that say whether it does.
 *
 * Where frames go on to group 1, the rule there sees what the first one has set.
 */

/** @public Rules are numbered from 0, in the order in which they are inserted. */
export interface FrameCase {
  /** What stands between `flow create 0 ingress` and the end of the line. */
  readonly rules: readonly string[];
  /** A pattern whose values the frame has, and the rules that must take it. `one`: any one of them, and no other. */
  readonly frames: readonly (readonly [pattern: string, takers: readonly number[] | "one"])[];
}

/** One rule: the first pattern is what it matches, and a frame that it must take; the second one that it must not. */
function item(matching: string, other: string, wanted = matching): FrameCase {
  return {
    rules: [rule(wanted)],
    frames: [
      [matching, [0]],
      [other, []],
    ],
  };
}

function rule(pattern: string, attributes = "", actions = "queue index 1"): string {
  return `${attributes} pattern ${pattern} / end actions count / ${actions} / end`;
}

/** Whatever comes is changed and goes on to a rule in group 1 that sees the change. */
function setting(action: string, seen: string, frame = "eth / ipv4 / udp"): FrameCase {
  return {
    rules: [rule(frame, "", `${action} / jump group 1`), rule(seen, "group 1")],
    frames: [[frame, [0, 1]]],
  };
}

/** One rule that takes the frame, whatever becomes of it. */
function fate(action: string): FrameCase {
  return { rules: [rule("eth / ipv4 / udp", "", action)], frames: [["eth / ipv4 / udp", [0]]] };
}

export const FRAME_CASES = {
  "item eth": item("eth dst is 02:00:00:00:00:07 / ipv4", "eth dst is 02:00:00:00:00:08 / ipv4"),
  "item vlan": item("eth / vlan vid is 7 / ipv4", "eth / vlan vid is 8 / ipv4"),
  "item ipv4": item("eth / ipv4 src is 10.0.0.7", "eth / ipv4 src is 10.0.0.8"),
  "item ipv6": item("eth / ipv6 src is fd00::7", "eth / ipv6 src is fd00::8"),
  "item tcp": item("eth / ipv4 / tcp dst is 7", "eth / ipv4 / udp dst is 7"),
  "item udp": item("eth / ipv4 / udp dst is 7", "eth / ipv4 / udp dst is 8"),
  "item icmp": item("eth / ipv4 / icmp type is 8", "eth / ipv4 / icmp type is 0"),
  "item vxlan": item(
    "eth / ipv4 / udp / vxlan vni is 7 / eth / ipv4",
    "eth / ipv4 / udp / vxlan vni is 8 / eth / ipv4",
  ),
  "item gre": item("eth / ipv4 / gre / ipv4", "eth / ipv4 / udp", "eth / ipv4 / gre"),
  "item geneve": item(
    "eth / ipv4 / udp / geneve vni is 7 / eth / ipv4",
    "eth / ipv4 / udp / geneve vni is 8 / eth / ipv4",
  ),
  "item mark": setting("mark id 7", "mark id is 7"),
  "item meta": setting("set_meta data 7", "meta data is 7"),
  "item tag": setting("set_tag data 7", "tag data is 7"),
  prefix: item(
    "eth / ipv4 dst is 10.1.2.3",
    "eth / ipv4 dst is 10.2.2.3",
    "eth / ipv4 dst spec 10.1.0.0 dst prefix 16",
  ),
  "mask with gaps": item(
    "eth / ipv4 dst is 10.1.2.3",
    "eth / ipv4 dst is 10.1.2.4",
    "eth / ipv4 dst spec 10.0.0.3 dst mask 255.0.0.255",
  ),
  "mask of ports": item(
    "eth / ipv4 / udp dst is 300",
    "eth / ipv4 / udp dst is 600",
    "eth / ipv4 / udp dst spec 256 dst mask 0xff00",
  ),
  range: item(
    "eth / ipv4 / udp dst is 150",
    "eth / ipv4 / udp dst is 250",
    "eth / ipv4 / udp dst spec 100 dst last 200",
  ),
  group: setting("count", "eth / ipv4 / udp"),
  priority: {
    rules: [
      rule("eth / ipv4 dst spec 10.0.0.0 dst prefix 8", "priority 1"),
      rule("eth / ipv4 dst is 10.0.0.1", "priority 0"),
      rule("eth", "priority 2"),
    ],
    frames: [
      ["eth / ipv4 dst is 10.0.0.1", [1]],
      ["eth / ipv4 dst is 10.0.0.2", [0]],
      ["eth / ipv4 dst is 11.0.0.2", [2]],
    ],
  },
  "overlapping rules": {
    rules: [rule("eth / ipv4 src is 10.0.0.1"), rule("eth / ipv4 dst is 10.0.0.1")],
    frames: [["eth / ipv4 src is 10.0.0.1 dst is 10.0.0.1", "one"]],
  },
  "action queue": fate("queue index 1"),
  "action drop": fate("drop"),
  "action rss": fate("rss queues 0 1 end"),
  "action port_id": fate("port_id id 1"),
  "action mark": fate("mark id 7 / queue index 1"),
  "action set_meta": fate("set_meta data 7 / queue index 1"),
  "action set_tag": fate("set_tag data 7 / queue index 1"),
  "action set_mac_dst": setting("set_mac_dst mac_addr 02:00:00:00:00:07", "eth dst is 02:00:00:00:00:07"),
  "action set_ipv4_dst": setting("set_ipv4_dst ipv4_addr 10.0.0.7", "eth / ipv4 dst is 10.0.0.7"),
  "action set_ipv6_dst": setting("set_ipv6_dst ipv6_addr fd00::7", "eth / ipv6 dst is fd00::7", "eth / ipv6 / udp"),
  "action set_tp_dst": setting("set_tp_dst port 7", "eth / ipv4 / udp dst is 7"),
} as const satisfies Readonly<Record<string, FrameCase>>;
