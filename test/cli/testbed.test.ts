/** What people see of a testbed before a run: doctor and privileges, with real agents. */
import { execaSync } from "execa";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { addonFile } from "../../src/native/addon.js";
import { packageRoot } from "../../src/package.js";
import { parseDuration } from "../../src/units.js";
import { hasSshd } from "../testbed/ssh/server.js";
import { program } from "./nicbench.js";
import type { DoctorItem } from "../../src/testbed/doctor_item.js";

/** What `doctor --json` prints of a testbed. */
interface Examined {
  readonly hosts: Readonly<Record<string, readonly DoctorItem[]>>;
  readonly between: readonly DoctorItem[];
}

const REAL = { NICBENCH_AGENT: "" };
const NETNS = join(packageRoot, "testbeds/netns.yaml");
const PRIVATE = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$0" "$@"'];
const possible =
  hasSshd && existsSync(addonFile) && execaSync("unshare", ["--net", "ip", "link"], { reject: false }).exitCode === 0;
const nobody = ["setpriv", "--reuid=65534", "--clear-groups", "--no-new-privs", "--inh-caps=-all"];
const canBeNobody = execaSync(nobody[0] ?? "", [...nobody.slice(1), process.execPath, "-e", "0"], { reject: false });

describe.skipIf(!possible)("two namespaces as hosts (needs the addon, root, ip and sshd)", () => {
  it("are examined each, with their ports and what differs between them", async () => {
    const { start } = await program();
    const { stdout, exitCode } = await start(["doctor", NETNS, "--json"], REAL, PRIVATE);
    expect(exitCode).toBe(0);
    const { hosts, between }: Examined = JSON.parse(stdout);
    expect(Object.keys(hosts)).toEqual(["gen", "dut"]);
    for (const items of Object.values(hosts)) {
      expect(items).toContainEqual({ name: "veth0 link", status: "ok", found: "up, 10000 Mbit/s", advice: "" });
      expect(items).toContainEqual({ name: "veth0 MTU", status: "ok", found: "1500", advice: "" });
    }
    expect(between).toContainEqual({ name: "MTU", status: "ok", found: "1500", advice: "" });
    // They read one clock.
    const clocks = between.find(({ name }) => name === "clocks");
    expect(clocks?.status).toBe("ok");
    const [apart = NaN, within = NaN] = clocks?.found.split(" apart, within ").map(parseDuration) ?? [];
    expect(apart).toBeLessThanOrEqual(within);
  });

  it("are listed with what needs root", async () => {
    const { start } = await program();
    const { stdout } = await start(["testbed", "privileges", NETNS, "--json"], REAL, PRIVATE);
    const there = { state: "there", advice: "" };
    const needs = [expect.objectContaining(there), expect.objectContaining(there)];
    expect(JSON.parse(stdout)).toEqual([
      { host: "gen", needs },
      { host: "dut", needs },
    ]);
  });
});

describe("a host that cannot be asked", () => {
  it("is said so, with what to do, and what a wire needs is not known", async () => {
    const { start, folder } = await program();
    const port = "{ host: far, ports: [{ io: af_xdp, interface: eth1 }] }";
    const text = `nicbench: 1\nname: bed\nhosts: { far: { ssh: nowhere.invalid } }\nroles: { generator: ${port} }\n`;
    await writeFile(join(folder, "bed.yaml"), text);
    const { stdout, exitCode } = await start(["doctor", "bed.yaml"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/missing +agent +There is no host 'nowhere.invalid'/);
    expect((await start(["testbed", "privileges", "bed.yaml"])).stdout).toMatch(/unknown +CAP_SYS_ADMIN.*port eth1/);
  });
});

describe.skipIf(canBeNobody.exitCode !== 0)("a user without privileges (needs root to become one)", () => {
  it("is told what of it is missing", async () => {
    const { start } = await program();
    const { stdout, stderr } = await start(
      ["testbed", "privileges", NETNS],
      { ...REAL, HOME: "/nonexistent", TMPDIR: "/tmp" },
      nobody,
    );
    expect(stderr).toBe("");
    expect(stdout).toMatch(/missing +root on this machine/);
    expect(stdout).toMatch(/unknown +CAP_SYS_ADMIN/);
    expect(stdout).toContain("Run it with sudo.");
  });
});
