import { describe, expect, it } from "vitest";
import { lockHosts, type LockAgent } from "../../src/agent/testbed_lock.js";
import { ownerFor, type LockHolder, type LockState } from "../../src/testbed/lock/model.js";

const OWNER = ownerFor("run mine");

function holder(state: LockState): LockHolder {
  const { token, user, machine } = ownerFor("run theirs");
  return { token, user, machine, purpose: "run theirs", since: "2026-11-21T12:00:00.000Z", pid: 7, state };
}

/** An agent of a machine that others have until they were asked for it so often. */
function agent(refusals: number, state: LockState = "held") {
  const calls: string[] = [];
  const heldBy = holder(state);
  const answer = (method: string): object => {
    calls.push(method);
    return method === "lock.take" && calls.filter((call) => call === method).length <= refusals ? { heldBy } : {};
  };
  // The methods that a lock needs have no other results.
  const call = (async (method: string) => answer(method)) as unknown as LockAgent["call"];
  return { agent: { call, alive: () => true }, calls };
}

async function lock(agents: Readonly<Record<string, { readonly agent: LockAgent }>>, waitSeconds: number) {
  const told: string[] = [];
  const hosts = new Map(Object.entries(agents).map(([host, { agent: one }]) => [host, one]));
  await lockHosts(hosts, OWNER, { waitSeconds, onWait: (message) => void told.push(message) }, undefined);
  return told;
}

describe("the machines of a testbed", () => {
  it("are given back, the others, when one is in use", async () => {
    const [free, used] = [agent(0), agent(Infinity)];
    await expect(lock({ free, used }, 0)).rejects.toMatchObject({
      code: "TESTBED_LOCKED",
      message: expect.stringMatching(
        /^Host 'used' is in use by .* \(run theirs, process 7\) since 2026-11-21 12:00 UTC/,
      ),
      hint: expect.stringContaining("--wait"),
    });
    expect(free.calls).toEqual(["lock.take", "lock.release"]);
  });

  it("are all taken once all are free, with no agent left to its lease meanwhile", async () => {
    const [first, used, last] = [agent(0), agent(1), agent(0)];
    const told = await lock({ first, used, last }, 60);
    expect(told).toEqual([expect.stringMatching(/^waiting for host 'used': in use by/)]);
    expect(first.calls).toEqual(["lock.take", "lock.release", "lease.renew", "lock.take"]);
    expect(last.calls).toEqual(["lease.renew", "lock.take"]);
  });

  it("are waited for without being asked to where their run is gone but may come back", async () => {
    const left = agent(1, "abandoned");
    expect(await lock({ left }, 0)).toEqual([expect.stringContaining("who may come back within seconds")]);
    expect(left.calls.filter((call) => call === "lock.take")).toHaveLength(2);
  });
});
