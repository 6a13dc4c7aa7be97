/** What the classifiers of this machine support, and that a wrong answer would be seen. */
import { describe, expect, it } from "vitest";
import {
  CAPABILITIES,
  conformanceOf,
  framesAsExpected,
  needsFrames,
  softnicConformance,
} from "../../../src/agent/classifiers/conformance/conformance.js";
import { openClassifier } from "../../../src/agent/classifiers/open.js";
import { openSoftnic } from "../../../src/agent/classifiers/softnic/softnic.js";
import { loadAddon } from "../../../src/native/addon.js";
import { frameAnswers } from "./frame_answers.js";
import { FRAME_CHOICES, NEVER, ruleSet, versionOf } from "./sample.js";
import type { Conformance } from "../../../src/agent/protocol.js";
import type { FrameCase } from "../../../src/agent/classifiers/conformance/cases.js";

/** With the words for each capability that is not fully there. */
const LACKS: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  softnic: {
    "item mark": /no match for mark/,
    range: /no range for udp\.dst/,
    "action rss": /rss/,
    "action port_id": /port_id/,
    "action set_mac_dst": /set_mac_dst/,
    "action set_ipv4_dst": /set_ipv4_dst/,
    "action set_ipv6_dst": /set_ipv6_dst/,
    "action set_tp_dst": /set_tp_dst/,
    "refuses contradictions": /was accepted/,
    "all or nothing": /Nothing was refused/,
  },
  nftables: {
    "item vxlan": /vxlan/,
    "item geneve": /geneve/,
    "item meta": /set_meta|meta/,
    "item tag": /set_tag|tag/,
    priority: /order in which they came/,
    "action rss": /rss/,
    "action set_meta": /set_meta/,
    "action set_tag": /set_tag/,
    "update in place": /no update in place/,
    "refuses duplicates": /Both rules are there/,
  },
  ovs: {
    "item vxlan": /behind a port of a tunnel/,
    "item geneve": /behind a port of a tunnel/,
    range: /range/,
    "action rss": /rss/,
    "refuses duplicates": /replaced the first/,
  },
  "tc-flower": {
    "item vxlan": /behind a device of a tunnel/,
    "item gre": /taken by no rule/, // The kernel looks into the tunnel.
    "item geneve": /behind a device of a tunnel/,
    "item mark": /mark/,
    "item meta": /meta/,
    "item tag": /tag/,
    "mask with gaps": /mask with gaps/,
    "action rss": /rss/,
    "action set_meta": /set_meta/,
    "action set_tag": /set_tag/,
    "all or nothing": /1 of 3 rules/,
  },
  xdp: {
    "item vxlan": /match for vxlan/,
    "item geneve": /match for geneve/,
    "item mark": /mark/,
    "item meta": /meta/,
    "item tag": /tag/,
    range: /range/,
    "action rss": /rss/,
    "action port_id": /port_id/,
    "action mark": /mark/,
    "action set_meta": /set_meta/,
    "action set_tag": /set_tag/,
    "action set_mac_dst": /set_mac_dst/,
    "action set_ipv4_dst": /set_ipv4_dst/,
    "action set_ipv6_dst": /set_ipv6_dst/,
    "action set_tp_dst": /set_tp_dst/,
    "refuses duplicates": /replaced the first/,
  },
};

function expectAsKnown(classifier: string, capability: string, { support, said }: Conformance): void {
  const lack = LACKS[classifier]?.[capability];
  if (lack === undefined) expect({ capability, support, said }).toMatchObject({ support: 1 });
  else {
    expect(support, capability).toBeLessThan(1);
    expect(said, capability).toMatch(lack);
  }
}

/** Of which one takes a frame that it is said not to take. */
const WRONG: FrameCase = {
  rules: ["pattern eth / ipv4 src is 10.0.0.7 / end actions count / queue index 1 / end"],
  frames: [
    ["eth / ipv4 src is 10.0.0.7", []],
    ["eth / ipv4 src is 10.0.0.8", []],
  ],
};

function expectWrong({ support, said }: Conformance): void {
  expect(support).toBe(0.5);
  expect(said).toContain("the frame 'eth / ipv4 src is 10.0.0.7' was taken by rule 0");
}

describe.skipIf(process.env["NICBENCH_VM"] === "1")("the capabilities of the software NIC", () => {
  const addon = loadAddon();

  it.each(CAPABILITIES)("are known: %s", async (capability) => {
    expectAsKnown("softnic", capability, await softnicConformance(addon, capability));
  });

  it("are not there where frames go elsewhere", async () => {
    expectWrong(await framesAsExpected(openSoftnic(addon, 10), WRONG));
  });
});

for (const choice of FRAME_CHOICES) {
  const version = versionOf(choice);
  describe.skipIf(version.startsWith("unavailable"))(`the capabilities of ${choice.name} (${version})`, () => {
    const together = choice.name === "tc-flower";
    it.runIf(together)("are known, as far as frames show them", async () => {
      for (const [capability, answer] of await frameAnswers(choice)) expectAsKnown(choice.name, capability, answer);
    });

    it.each(CAPABILITIES.filter((name) => !together || (!needsFrames(name) && name !== "16Ki rules")))(
      "are known: %s",
      async (capability) => {
        expectAsKnown(choice.name, capability, await conformanceOf(choice, capability, NEVER));
      },
    );

    it("are not there where frames go elsewhere", async () => {
      const options = { ruleSet: ruleSet(), most: 0, cpu: -1, takesFrames: true };
      expectWrong(await openClassifier(choice, options, NEVER, (classifier) => framesAsExpected(classifier, WRONG)));
    });
  });
}
