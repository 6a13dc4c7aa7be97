import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { thisPlacedProcess, type PlacedProcess } from "../../../src/process_identity.js";
import { machineLock } from "../../../src/testbed/lock/machine_lock.js";
import { ownerFor, RETURN_SECONDS, type LockOwner, type LockRecord } from "../../../src/testbed/lock/model.js";
import { registerIn, type Register } from "../../../src/testbed/lock/register.js";
import { eventually, isRunning, temporaryFolder } from "../../agent/agents.js";

const ELSEWHERE: PlacedProcess = { pid: 1, started: "1", boot: "another-machine", namespace: "" };
/** No process has this id and start. */
const DEAD: PlacedProcess = { ...thisPlacedProcess(), started: "1" };

/** Whose orchestrator runs on another machine, so that only its agents can be seen. */
const remote = (purpose: string): LockOwner => ({ ...ownerFor(purpose), orchestrator: ELSEWHERE });

async function bed(record?: LockRecord) {
  const register = registerIn(join(await temporaryFolder(), "lock"));
  if (record !== undefined) await register.replace(0, JSON.stringify(record));
  const clock = { now: 0 };
  return { register, clock, lock: machineLock(register, () => clock.now) };
}

function recordOf(owner: LockOwner, keepers: LockRecord["keepers"]): LockRecord {
  return { ...owner, since: "2026-11-21T12:00:00.000Z", keepers };
}

async function stored(register: Register): Promise<LockRecord> {
  return JSON.parse((await register.read()).text);
}

/** A process that ends when it is asked to, or only when it is killed. */
async function program(stubborn = false): Promise<PlacedProcess> {
  const child = spawn("sh", ["-c", `${stubborn ? 'trap "" TERM; ' : ""}echo up; while :; do sleep 0.05; done`], {
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  const { boot, namespace } = thisPlacedProcess();
  const pid = child.pid ?? 0;
  const { readFileSync } = await import("node:fs");
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return { pid, started: stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "", boot, namespace };
}

describe("the lock of a machine", () => {
  it("is one owner's until it is given back", async () => {
    const { lock } = await bed();
    const [ours, theirs] = [remote("run a"), remote("run b")];
    expect(await lock.take("dut", ours)).toBeUndefined();
    expect(await lock.take("dut", theirs)).toMatchObject({ token: ours.token, purpose: "run a", state: "held" });
    expect(await lock.holder()).toMatchObject({ user: ours.user, machine: ours.machine, pid: 1 });
    await lock.release();
    expect(await lock.holder()).toBeUndefined();
    expect(await lock.take("dut", theirs)).toBeUndefined();
  });

  it("is one owner's for several hosts that are one machine, until the last is done", async () => {
    const owner = remote("run a");
    const agent = await program();
    const { lock, register } = await bed(recordOf(owner, { gen: agent }));
    expect(await lock.take("dut", owner)).toBeUndefined();
    expect(Object.keys((await stored(register)).keepers)).toEqual(["gen", "dut"]);
    await lock.release();
    expect(await lock.holder()).toMatchObject({ state: "held" });
    expect(isRunning(agent.pid)).toBe(true);
  });

  it("goes to the first of two owners that want it at once", async () => {
    const { lock } = await bed();
    const owners = Array.from({ length: 8 }, (_, index) => remote(`run ${index}`));
    const answers = await Promise.all(owners.map((owner) => lock.take("dut", owner)));
    expect(answers.filter((holder) => holder === undefined)).toHaveLength(1);
  });

  it("waits for a lost run to come back, for as long as it may", async () => {
    const { lock, clock } = await bed(recordOf(remote("run lost"), { dut: DEAD }));
    const owner = remote("run b");
    expect(await lock.take("dut", owner)).toMatchObject({ state: "abandoned" });
    clock.now = RETURN_SECONDS - 1;
    expect(await lock.take("dut", owner)).toMatchObject({ state: "abandoned" });
    clock.now = RETURN_SECONDS;
    expect(await lock.take("dut", owner)).toBeUndefined();
    expect(await lock.holder()).toMatchObject({ purpose: "run b", state: "held" });
  });

  it("waits anew for a run that came back and was lost again", async () => {
    const owner = remote("run lost");
    const { lock, clock, register } = await bed(recordOf(owner, { dut: DEAD }));
    const other = remote("run b");
    const keeper = async (dut: PlacedProcess): Promise<void> => {
      await register.replace((await register.read()).number, JSON.stringify(recordOf(owner, { dut })));
    };
    await lock.take("dut", other);
    await keeper(thisPlacedProcess());
    expect(await lock.take("dut", other)).toMatchObject({ state: "held" });
    await keeper(DEAD);
    clock.now = RETURN_SECONDS + 1;
    expect(await lock.take("dut", other)).toMatchObject({ state: "abandoned" });
  });

  it("is nobody's after its orchestrator on this machine has died, or the machine was started anew", async () => {
    const dead = await bed(recordOf({ ...ownerFor("run dead"), orchestrator: DEAD }, { dut: thisPlacedProcess() }));
    expect(await dead.lock.take("dut", remote("run b"))).toBeUndefined();
    const rebooted = await bed(recordOf(remote("run a"), { dut: { ...thisPlacedProcess(), boot: "before" } }));
    expect(await rebooted.lock.take("dut", remote("run b"))).toBeUndefined();
  });

  it("stays with a living orchestrator of this machine whose agents have crashed", async () => {
    const { lock, clock } = await bed(recordOf(ownerFor("run a"), { dut: DEAD }));
    clock.now = 10 * RETURN_SECONDS;
    expect(await lock.take("dut", remote("run b"))).toMatchObject({ state: "held" });
  });

  it("stays with agents that cannot be seen from here", async () => {
    const { lock } = await bed(recordOf(remote("run a"), { dut: { ...DEAD, namespace: "pid:[1]" } }));
    expect(await lock.take("dut", remote("run b"))).toMatchObject({ state: "held" });
  });

  it.each([false, true])("ends the agent that its owner lost there before (stubborn: %s)", async (stubborn) => {
    const owner = remote("run a");
    const before = await program(stubborn);
    const { lock } = await bed(recordOf(owner, { dut: before }));
    expect(await lock.take("dut", owner)).toBeUndefined();
    await eventually(() => !isRunning(before.pid), "the agent before has ended");
    expect(await lock.holder()).toMatchObject({ state: "held" });
  });

  it("can be taken from one holder, and from no other", async () => {
    const { lock } = await bed();
    const owner = remote("run a");
    await lock.take("dut", owner);
    expect(await lock.clear("another")).toBe(false);
    expect(await lock.clear(owner.token)).toBe(true);
    expect(await lock.holder()).toBeUndefined();
  });

  it.each(["{", '{"token": 1}', JSON.stringify({ ...recordOf(remote("run \u001b[2J"), {}) })])(
    "counts as free with a record that we did not write: %s",
    async (text) => {
      const { lock, register } = await bed();
      await register.replace(0, text);
      expect(await lock.take("dut", remote("run b"))).toBeUndefined();
    },
  );
});
