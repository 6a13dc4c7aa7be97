/** Texts of a testbed file that try to be commands, options or paths, in each field in turn. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { codeOf } from "../../src/errors.js";
import { loadTestbed } from "../../src/testbed/load.js";
import { INJECTIONS, keysIn, textsIn, withKey, withText } from "../hostile_texts.js";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";

/** Every key of a testbed file that takes a text; `KEY` stands for the name of a host or role. */
const BED = {
  nicbench: 1,
  name: "bed",
  title: "A bed",
  hosts: { here: { kind: "local" }, far: { ssh: "lab", install: "/opt/nicbench" } },
  roles: {
    generator: {
      host: "here",
      ports: [{ io: "kernel", interface: "eth0", address: "198.18.0.1/24" }],
      cores: "1-2",
      command: {
        start: ["iperf3"],
        directory: "/tmp",
        environment: { KEY: "value" },
        ready: { pattern: "ready" },
        stop: { line: "quit" },
        results: { rate: { json: "end.rate", unit: "bit/s" }, loss: { npf: "LOSS" } },
      },
    },
    dut: { host: "far", ports: [{ io: "dpdk", pci: "0000:17:00.0" }] },
    other: { host: "far", ports: [{ io: "dpdk", device: "net_null0" }] },
  },
  nic: { model: "connectx-5", link: "100Gbps", classifier: "rte_flow" },
};

const folder = mkdtempSync(join(tmpdir(), "nicbench-hostile-"));

async function isTaken(bed: unknown): Promise<boolean> {
  const file = join(folder, "bed.yaml");
  await writeFile(file, stringify(bed));
  return loadTestbed(file).then(
    () => true,
    (error: unknown) => {
      expect(codeOf(error)).toBe("TESTBED_INVALID");
      return false;
    },
  );
}

async function taken(make: (injection: string) => unknown): Promise<readonly string[]> {
  const results: string[] = [];
  for (const injection of INJECTIONS) if (await isTaken(make(injection))) results.push(injection);
  return results;
}

describe("a testbed file", () => {
  beforeAll(async () => expect(await isTaken(BED)).toBe(true));

  it("takes texts of any kind only where no shell and no path is made of them", async () => {
    const free: string[] = [];
    for (const path of textsIn(BED)) {
      const some = await taken((injection) => withText(BED, path, injection));
      if (some.length > 0) free.push(path.join("."));
    }
    // A host's name is looked up (deploy.test.ts); words of a command become arguments as they are (programs.test.ts).
    expect(free).toMatchInlineSnapshot(`
      [
        "title",
        "hosts.far.ssh",
        "roles.generator.command.start.0",
        "roles.generator.command.directory",
        "roles.generator.command.environment.KEY",
        "roles.generator.command.ready.pattern",
        "roles.generator.command.stop.line",
        "roles.generator.command.results.rate.json",
        "roles.generator.command.results.rate.unit",
        "nic.model",
        "nic.classifier",
      ]
    `);
  });

  it("takes no such key", async () => {
    for (const path of keysIn(BED)) {
      expect(await taken((injection) => withKey(BED, path, injection)), path.join(".")).toEqual([]);
    }
  });
});
