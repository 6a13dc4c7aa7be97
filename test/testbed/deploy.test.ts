import { execa } from "execa";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { bundleOf } from "../../src/testbed/deploy/bundle.js";
import { checkFit, neededGlibc, type HostProbe } from "../../src/testbed/deploy/fit.js";
import { remoteHost } from "../../src/testbed/open_hosts.js";
import { packageRoot } from "../../src/package.js";
import { NICBENCH, temporaryFolder } from "../agent/agents.js";
import { entry, hasSshd, keyPair, known, startServer, userHome } from "./ssh/server.js";
import type { SshHostSpec } from "../../src/testbed/model.js";

const possible = hasSshd && existsSync(`${packageRoot}build/Release/nicbench.node`);
const SPEC: SshHostSpec = { kind: "ssh", alias: "lab", sudo: false };

/** A host that we can log in to as `lab`. */
async function lab(environment: Readonly<Record<string, string>> = {}, spec = SPEC) {
  const key = keyPair();
  const server = await startServer({ authorized: key, environment });
  const home = await userHome({ key: key.private, config: entry("lab", server.port), known_hosts: known(server) });
  const host = remoteHost("dut", spec, {});
  onTestFinished(() => host.close());
  return { host, server, home };
}

/** A folder of programs for a host whose PATH is only that. */
async function programs(own: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of ["sh", "uname", "getconf", "sha256sum", "touch", "mkdir", "find", "rm", "mv"]) {
    if (own[name] === undefined) symlinkSync(`/usr/bin/${name}`, join(folder, name));
    else writeFileSync(join(folder, name), `#!/bin/sh\n${own[name]}\n`, { mode: 0o755 });
  }
  return folder;
}

describe.skipIf(!possible)("deploy (needs sshd and the addon)", () => {
  it("brings the agent once, and again when it is not what was sent", async () => {
    const { host, server } = await lab();
    const first = await host.deploy();
    expect(first.sentBytes).toBeGreaterThan(0);
    expect(first.folder).toMatch(new RegExp(`^${server.home}/\\.cache/nicbench/[0-9a-f]{64}$`));
    expect(await host.deploy()).toMatchObject({ sentBytes: 0, folder: first.folder });
    writeFileSync(join(first.folder, "dist/agent.mjs"), "process.exit(0)");
    expect((await host.deploy()).sentBytes).toBe(first.sentBytes);
    expect(readFileSync(join(first.folder, "dist/agent.mjs"), "utf8")).toContain("hello");
    expect(readdirSync(join(server.home, ".cache/nicbench"))).toHaveLength(1);
  });

  it("lets nobody else read or change what it brings", async () => {
    const { host, server } = await lab();
    await host.deploy();
    const cache = join(server.home, ".cache/nicbench");
    const entries = readdirSync(cache, { recursive: true, encoding: "utf8" });
    expect(entries.length).toBeGreaterThan(3);
    const open = entries.filter((entry) => (statSync(join(cache, entry)).mode & 0o077) !== 0);
    expect(open).toEqual([]);
  });

  it("brings a capture once for each content, under whatever name", async () => {
    const { host, server } = await lab();
    const file = join(await temporaryFolder(), "it's a trace.pcap");
    writeFileSync(file, "frames");
    const there = await host.bring(file);
    expect(there).toMatch(new RegExp(`^${server.home}/\\.cache/nicbench/[0-9a-f]{64}/data$`));
    expect(readFileSync(there, "utf8")).toBe("frames");
    const copy = join(await temporaryFolder(), "copy.pcap");
    writeFileSync(copy, "frames");
    expect(await host.bring(copy)).toBe(there);
    await expect(host.bring("/gone.pcap")).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
    expect(readdirSync(join(server.home, ".cache/nicbench"))).toHaveLength(1);
  });

  it("brings Node.js to a host that has none", async () => {
    const { host, home } = await lab({ PATH: await programs() });
    const { folder, command } = await host.deploy();
    expect(command).toEqual([`${folder}/node`, `${folder}/dist/agent.mjs`]);
    writeBed(home);
    const { stdout, exitCode } = await nicbench(["deploy", "bed.yaml"], home);
    expect(stdout).toContain("dut: is there already, the agent works");
    expect(exitCode).toBe(0);
  });

  it("refuses a host of another architecture, with the way to build there", async () => {
    const path = await programs({ uname: 'test "$1" = -m && echo riscv64 || echo Linux' });
    const { host, server } = await lab({ PATH: path });
    await expect(host.deploy()).rejects.toMatchObject({
      code: "HOST_OTHER",
      message: expect.stringContaining("its architecture is riscv64"),
      hint: expect.stringContaining("{ ssh: lab, install: /path/to/nicbench }"),
    });
    expect(existsSync(join(server.home, ".cache"))).toBe(false);
  });

  it("uses what was built there, in a folder of any name", async () => {
    const folder = join(await temporaryFolder(), "it's $(touch here); nicbench");
    symlinkSync(packageRoot, folder);
    const { host, home } = await lab({}, { ...SPEC, install: folder });
    expect(await host.deploy()).toMatchObject({ sentBytes: 0, folder });
    writeBed(home, `install: "${folder}"`);
    const { stdout, stderr } = await nicbench(["deploy", "bed.yaml"], home);
    expect(stderr).toBe("");
    expect(stdout).toContain("the agent works");
  });

  it("says what is wrong where it cannot write, and leaves nothing half done", async () => {
    const { host, server } = await lab({ PATH: await programs({ sha256sum: "exit 1", node: "" }) });
    await expect(host.deploy()).rejects.toMatchObject({
      code: "DEPLOY_FAILED",
      message: expect.stringContaining("what arrived is not what was sent"),
    });
    expect(readdirSync(join(server.home, ".cache/nicbench"))).toEqual([]);
  });

  it("asks for root's rights without a password, and says how to allow that", async () => {
    const path = await programs();
    writeFileSync(join(path, "sudo"), "#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n", { mode: 0o755 });
    const { host } = await lab({ PATH: path }, { ...SPEC, sudo: true });
    await expect(host.deploy()).rejects.toMatchObject({
      code: "HOST_SUDO",
      message: expect.stringContaining("a password is required"),
      hint: expect.stringContaining("NOPASSWD"),
    });
  });
});

function writeBed(home: string, more = "sudo: false"): void {
  mkdirSync(join(home, "work"));
  const ring = "{ host: dut, ports: [{ io: ring }] }";
  writeFileSync(
    join(home, "work/bed.yaml"),
    `nicbench: 1\nname: bed\nhosts: { dut: { ssh: lab, ${more} } }\nroles: { generator: ${ring}, dut: ${ring} }\n`,
  );
}

function nicbench(args: readonly string[], home: string) {
  return execa(process.execPath, [NICBENCH, ...args], { cwd: join(home, "work"), reject: false, env: { HOME: home } });
}

describe("a host with a hostile name", () => {
  it.each(["$(touch${IFS}pwned)", "x;touch${IFS}pwned", "`touch${IFS}pwned`", "a|b&c", "../../etc"])(
    "%s is a name like others",
    async (alias) => {
      await userHome({});
      const host = remoteHost("dut", { ...SPEC, alias }, { acceptNew: true });
      await expect(host.deploy()).rejects.toMatchObject({
        code: "SSH_UNREACHABLE",
        message: expect.stringContaining(alias),
      });
      expect(existsSync("pwned")).toBe(false);
    },
  );
});

describe("a bundle", () => {
  it("is named by its content, in whatever order it is given", () => {
    const file = (path: string, text: string) => ({ path, content: Buffer.from(text), mode: 0o600 });
    const { digest, manifest } = bundleOf([file("b", "2"), file("a", "1")]);
    expect(bundleOf([file("a", "1"), file("b", "2")]).digest).toBe(digest);
    expect(bundleOf([file("a", "1"), file("b", "3")]).digest).not.toBe(digest);
    expect(manifest).toMatch(/^[0-9a-f]{64} {2}a\n[0-9a-f]{64} {2}b\n$/);
  });

  it("fits a host whose C library is new enough", () => {
    const host: HostProbe = {
      system: "Linux",
      machine: "x86_64",
      glibc: "2.31",
      home: "/h",
      node: undefined,
      noSudo: undefined,
    };
    const addon = {
      path: "build/Release/nicbench.node",
      mode: 0o700,
      content: Buffer.from("\0GLIBC_2.4\0GLIBC_2.34\0GLIBC_2.17"),
    };
    expect(neededGlibc(addon.content)).toBe("2.34");
    if (process.arch !== "x64") return;
    expect(() => checkFit(host, "lab", [addon])).toThrow("it has glibc 2.31, and ours needs 2.34");
    expect(() => checkFit({ ...host, glibc: "2.34" }, "lab", [addon])).not.toThrow();
    expect(() => checkFit({ ...host, system: "FreeBSD" }, "lab", [addon])).toThrow("it runs FreeBSD, not Linux");
  });
});
