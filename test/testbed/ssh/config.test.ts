import { mkdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sshSettings } from "../../../src/testbed/ssh/config.js";
import { withEnvironment } from "../../agent/agents.js";
import { userHome } from "./server.js";

describe("settings of ssh_config", () => {
  it("come from the first entry that fits, files with their tokens", async () => {
    const home = await userHome({
      config: `
Host dut *.lab
  HostName %h.example.org
  User bench
  Port 2222
  IdentityFile ~/.ssh/%n_%r
  IdentityFile "/keys/my key"
  UserKnownHostsFile ~/.ssh/lab_hosts /etc/lab_hosts
  HostKeyAlias dut-1
  IdentityAgent none
  ServerAliveInterval 5
Host *
  User somebody
  ConnectTimeout 3
`,
    });
    expect(sshSettings("dut")).toMatchObject({
      name: "dut",
      host: "dut.example.org",
      port: 2222,
      user: "bench",
      identityFiles: [join(home, ".ssh/dut_bench"), "/keys/my key"],
      knownHostsFiles: [join(home, ".ssh/lab_hosts"), "/etc/lab_hosts", "/etc/ssh/ssh_known_hosts"],
      hostKeyAlias: "dut-1",
      agent: undefined,
      keepAliveSeconds: 5,
      connectTimeoutSeconds: 3,
    });
    expect(sshSettings("root@other")).toMatchObject({ host: "other", user: "root", port: 22 });
    expect(sshSettings("other")).toMatchObject({ user: "somebody" });
  });

  it("have defaults where there is no file", async () => {
    const home = await userHome({});
    withEnvironment({ SSH_AUTH_SOCK: "/run/agent" });
    expect(sshSettings("10.0.0.7")).toMatchObject({
      host: "10.0.0.7",
      port: 22,
      user: userInfo().username,
      identityFiles: ["id_ed25519", "id_ecdsa", "id_rsa"].map((name) => join(home, ".ssh", name)),
      agent: "/run/agent",
      jumps: [],
    });
  });

  it("may be in files that are included", async () => {
    const home = await userHome({ config: "Include conf.d/*.conf\nHost *\n  Port 22\n" });
    mkdirSync(join(home, ".ssh/conf.d"));
    writeFileSync(join(home, ".ssh/conf.d/lab.conf"), "Host dut\n  Port 2200\n");
    writeFileSync(join(home, ".ssh/conf.d/lab.bak"), "Host dut\n  Port 2201\n");
    expect(sshSettings("dut").port).toBe(2200);
  });

  it("lead through other hosts, nearest first", async () => {
    await userHome({
      config: "Host dut\n  ProxyJump gate,me@inner:2022\nHost gate\n  ProxyJump outer\n",
    });
    const { jumps } = sshSettings("dut");
    expect(jumps.map(({ host, port }) => `${host}:${port}`)).toEqual(["outer:22", "gate:22", "inner:2022"]);
    expect(jumps.at(-1)?.user).toBe("me");
  });

  it("are refused where they lead in a circle, or run a program", async () => {
    await userHome({ config: "Host a\n  ProxyJump b\nHost b\n  ProxyJump a\nHost c\n  ProxyCommand nc %h %p\n" });
    expect(() => sshSettings("a")).toThrow("more than 8 hosts");
    expect(() => sshSettings("c")).toThrow("nicbench runs no program to connect");
  });
});
