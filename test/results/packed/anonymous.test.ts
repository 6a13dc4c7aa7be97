import { readFile, readdir, writeFile } from "node:fs/promises";
import { homedir, hostname, userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { setNote } from "../../../src/results/annotations.js";
import { readNamedRun } from "../../../src/results/open.js";
import { withAnonymousRun } from "../../../src/results/packed/anonymous.js";
import { packRun } from "../../../src/results/packed/pack.js";
import { scrubber } from "../../../src/results/packed/pseudonyms.js";
import { temporaryFolder } from "../../agent/agents.js";
import { runFolder } from "../run_folder.js";
import { FACTS, sampleManifest, sampleTrial } from "../sample.js";

const SECRETS = [
  "erda-17",
  "lab-erda",
  "mallory",
  "10.11.12.13",
  "fd00:1:2::33",
  "b8:59:9f:aa:bb:cc",
  "/home/mallory",
  "root=UUID",
  "79acb08a",
  "its owner",
];

const POINT = { id: "aaa", params: { table: "cuckoo", "traffic.pcap": "/home/mallory/my captures/a.pcap" }, resolved: {} };

/** Names in every place where a run has some. */
async function tellingRun(root: string): Promise<string> {
  const facts = {
    ...FACTS,
    hostname: "erda-17.lab.example",
    kernelCommandLine: "root=UUID=79acb08a-7edd-4af7-a4f3-4c4dbf4c1b35 isolcpus=2-9 mitigations=auto quiet",
  };
  const directory = await runFolder(
    root,
    {
      hosts: { "lab-erda": facts },
      testbed: {
        name: "lab",
        file: "/home/mallory/testbeds/lab.yaml",
        resolved: { hosts: { "lab-erda": { ssh: "mallory@erda-17" } }, roles: { dut: { host: "lab-erda" } } },
      },
      command: ["nicbench run '/home/mallory/my suites/a.yaml' --testbed ~mallory/lab.yaml"],
      circumstances: { "host lab-erda.hostname": "erda-17" },
      points: [POINT, ...sampleManifest().points.slice(1)],
    },
    [
      sampleTrial("aaa", 0, { notes: { said: "dut at 10.11.12.13 (fd00:1:2::33, b8:59:9f:aa:bb:cc) of mallory@lab-erda" } }),
      sampleTrial("aaa", 1, { status: "suspect", reason: "Host lab-erda (erda-17): /home/mallory/x is gone." }),
    ],
  );
  await writeFile(join(directory, "logs", "lab-erda-agent.log"), "mallory was here");
  await setNote(directory, "its owner is mallory");
  return directory;
}

/** Names and contents of all files. */
async function everything(directory: string): Promise<string> {
  const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const texts = files.map(async ({ parentPath, name }) => `${name}\n${await readFile(join(parentPath, name), "utf8")}`);
  return (await Promise.all(texts)).join("\n");
}

describe("an anonymous copy of a run", () => {
  it("holds nothing that names a machine, a person, an address or a path, in any file", async () => {
    const directory = await tellingRun(await temporaryFolder());
    const whole = await everything(directory);
    expect(SECRETS.filter((secret) => !whole.includes(secret))).toEqual([]);
    const left = await withAnonymousRun(directory, everything);
    expect(SECRETS.filter((secret) => left.includes(secret))).toEqual([]);
    const [manifest] = left.match(/isolcpus[^"]*/) ?? [];
    expect(manifest).toBe("isolcpus=2-9 mitigations=auto quiet (and 1 more)");
  });

  it("has no text with this machine's name, home or account, if those are told apart from words", async () => {
    const own = [hostname(), homedir(), userInfo().username].filter((name) => name.length > 5);
    const hosts = { "this-machine": { ...FACTS, hostname: hostname() } };
    const command = [`nicbench run ${homedir()}/suite/a.yaml`];
    const directory = await runFolder(await temporaryFolder(), { hosts, command });
    const left = await withAnonymousRun(directory, everything);
    expect(own.filter((name) => left.includes(name))).toEqual([]);
    expect(left).toMatch(/"hostname": "host-\d"/);
    expect(left).toContain("nicbench run /path-1.yaml");
  });

  it("is read as a run with the same numbers, packed and unpacked, the same each time", async () => {
    const root = await temporaryFolder();
    const directory = await tellingRun(root);
    const files = ["a", "b"].map((name) => join(root, `${name}.run.tar.gz`));
    for (const file of files) await withAnonymousRun(directory, (copy) => packRun(copy, file));
    const [first, second] = await Promise.all(files.map((file) => readFile(file)));
    expect(first?.equals(second ?? Buffer.alloc(0))).toBe(true);
    const [whole, anonymous] = [await readNamedRun(directory, root), await readNamedRun(files[0] ?? "", root)];
    const numbers = ({ summary, trials }: typeof whole) => [
      summary.points.map(({ id, status, metrics }) => [id, status, metrics]),
      trials.map(({ point, status, metrics, frames, latency }) => [point, status, metrics, frames, latency]),
    ];
    expect(numbers(anonymous)).toEqual(numbers(whole));
    expect(anonymous.manifest.points[0]?.params["traffic.pcap"]).toMatch(/^\/path-\d+\.pcap$/);
  });
});

describe("the same name gets the same pseudonym", () => {
  const scrub = scrubber(["node7", "node71"], ["ann"]);
  it.each([
    ["node7 and node71, node7", /^(host-\d) and (?!\1)(host-\d), \1$/],
    ["at 10.1.2.3, 10.1.2.4 and 10.1.2.3", /^at (192\.0\.2\.\d+), (?!\1)192\.0\.2\.\d+ and \1$/],
    ["ann has ~/a.pcap", /^user-\d has \/path-\d\.pcap$/],
    ["ann@node7", /^user-\d@host-\d$/],
    ["in /srv/a/b.txt: no such file", /^in \/path-\d\.txt: no such file$/],
  ])("%s", (text, pattern) => {
    expect(scrub(text)).toMatch(pattern);
    expect(scrub(text)).toBe(scrub(text));
  });

  it.each([
    "11.3.244.8-node.38",
    "0000:17:00.0",
    "10:15:00",
    "std::unordered_map",
    "2026-01-02T03:04:05.000Z",
    "suites/quickstart.yaml",
    "1/2",
    "198.18.0.1/24 and 127.0.0.1",
    "/sys/class/net",
    "eth/ipv4/tcp",
    "https://github.com/a/b",
  ])("%s stays what it is", (text) => {
    expect(scrub(text)).toBe(text);
  });
});
