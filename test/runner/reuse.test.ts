/** What a point's address is made of. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { changedFile, withAddresses } from "../../src/runner/reuse/circumstances.js";
import { temporaryFolder } from "../agent/agents.js";
import { sampleManifest } from "../results/sample.js";

describe("the files of a point", () => {
  it("are told by their kind when their content has changed", async () => {
    const folder = await temporaryFolder();
    const [rules, pcap] = [join(folder, "acl.rules"), join(folder, "trace.pcap")];
    const pointWith = async (contents: Readonly<Record<string, string>>) => {
      for (const [file, text] of Object.entries(contents)) await writeFile(file, text);
      const point = { id: "aaa", params: {}, resolved: { rules, traffic: { pcap } } };
      const { points } = await withAddresses(sampleManifest({ points: [point] }));
      return points[0]!;
    };
    const before = await pointWith({ [rules]: "one", [pcap]: "one" });
    expect(changedFile(await pointWith({}), before)).toBeUndefined();
    const other = await pointWith({ [rules]: "two" });
    expect(changedFile(other, before)).toBe("rule file");
    expect(other.key).not.toBe(before.key);
    expect(changedFile(await pointWith({ [pcap]: "two" }), other)).toBe("capture");
  });
});
