/** The examples of external programs that ship, with the real programs. */
import { execaSync } from "execa";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { addonFile } from "../../src/native/addon.js";
import { packageRoot } from "../../src/package.js";
import { isConserved } from "../../src/results/summary.js";
import { hasNamespaces, PRIVATE } from "./namespaces.js";
import { program } from "./nicbench.js";

const has = (name: string): boolean => execaSync("sh", ["-c", `command -v ${name}`], { reject: false }).exitCode === 0;
/** A suite that ships, on the testbed that ships with it, as briefly as it goes. */
async function shipped(suite: string, testbed: string, set: readonly string[], wrapper: readonly string[] = []) {
  const { start, onlyRun } = await program();
  const short = [...set, "repeat.min=1", "repeat.max=1"].flatMap((text) => ["--set", text]);
  const files = [join(packageRoot, "suites/programs", suite), "--testbed", join(packageRoot, "testbeds", testbed)];
  const { stderr } = await start(
    ["run", ...files, "--tag", "small", "--no-report", ...short],
    { NICBENCH_AGENT: "" },
    wrapper,
  );
  expect(stderr).not.toContain("failed");
  return onlyRun();
}

describe("examples of external programs", () => {
  it.skipIf(!hasNamespaces || !has("iperf3"))("iperf3 between two namespaces (needs root, sshd, iperf3)", async () => {
    const { trials } = await shipped("iperf3.yaml", "iperf3.yaml", ["length=128KiB", "trial.duration=1s"], PRIVATE);
    expect(trials.map(({ status }) => status)).not.toContain("failed");
    const { goodput = 0, client_cpu: client = 0, server_cpu: server = 0, retransmits } = trials[0]?.metrics ?? {};
    expect(goodput).toBeGreaterThan(1e6);
    expect(client).toBeGreaterThan(0);
    expect(server).toBeGreaterThan(0);
    expect(retransmits).toBeGreaterThanOrEqual(0);
  });

  it.skipIf(!existsSync(addonFile) || !has("dpdk-testpmd"))("testpmd on null devices (needs dpdk)", async () => {
    const { trials } = await shipped("testpmd.yaml", "testpmd.yaml", ["mode=macswap"]);
    expect(trials.map(({ status }) => status)).not.toContain("failed");
    const { rx_rate: received = 0, tx_rate: sent = 0, dropped } = trials[0]?.metrics ?? {};
    expect(received).toBeGreaterThan(1000);
    expect(sent).toBeGreaterThan(1000);
    expect(dropped).toBe(0);
  });

  it.skipIf(!hasNamespaces || !has("dpdk-testpmd"))(
    "testpmd under our generator (needs root, sshd, dpdk)",
    async () => {
      const run = await shipped("testpmd-forwarding.yaml", "testpmd-veth.yaml", ["traffic.rate=5kpps"], PRIVATE);
      const [trial] = run.trials;
      expect(trial?.metrics["forwarding_rate"]).toBeGreaterThan(0);
      expect(trial?.frames === undefined ? false : isConserved(trial.frames)).toBe(true);
      expect(trial?.flags).not.toContain("bad-frames");
      expect(trial?.notes).toMatchObject({ "DUT's end": "dpdk-testpmd" });
    },
  );
});
