import { describe, expect, it } from "vitest";
import { outagesUpTo } from "../../src/agent/outage.js";
import { UserError } from "../../src/errors.js";

const refused = (): UserError => new UserError("SSH_REFUSED", "Host 'dut' refuses the connection.");

/** Somebody who waits, and a host that is there at the given attempt. */
function scene(thereAt: number, error: () => Error = refused) {
  const controller = new AbortController();
  const told: string[] = [];
  let attempts = 0;
  const connect = async (): Promise<string> => {
    attempts += 1;
    if (attempts < thereAt) throw error();
    return "connected";
  };
  const patient = { signal: controller.signal, onOutage: (message: string) => void told.push(message) };
  return { connect, patient, told, controller, attempts: () => attempts };
}

describe("a host that is out of reach", () => {
  it("is tried again until it is there, which is told once", async () => {
    const { connect, patient, told, attempts } = scene(3);
    expect(await outagesUpTo(60).bear("dut", connect, patient)).toBe("connected");
    expect(attempts()).toBe(3);
    expect(told).toEqual(["Host 'dut' refuses the connection. Trying again for 60 s."]);
  });

  it("is given up after a time that counts once for all who want it", async () => {
    const { connect, patient, told, attempts } = scene(Infinity);
    const outages = outagesUpTo(0.1);
    await expect(outages.bear("dut", connect, patient)).rejects.toMatchObject({ code: "SSH_REFUSED" });
    const before = attempts();
    await expect(outages.bear("dut", connect, patient)).rejects.toMatchObject({ code: "SSH_REFUSED" });
    expect(attempts()).toBe(before + 1);
    expect(told).toHaveLength(1);
  });

  it("has a new time after it was back", async () => {
    const outages = outagesUpTo(60);
    for (const { connect, patient, told } of [scene(2), scene(2)]) {
      await outages.bear("dut", connect, patient);
      expect(told).toHaveLength(1);
    }
  });

  it.each(["HOST_KEY_CHANGED", "SSH_AUTH", "AGENT_DIED"])("is not what %s means", async (code) => {
    const { connect, patient, told, attempts } = scene(2, () => new UserError(code, "no"));
    await expect(outagesUpTo(60).bear("dut", connect, patient)).rejects.toMatchObject({ code });
    expect(attempts()).toBe(1);
    expect(told).toEqual([]);
  });

  it("is not waited for any more by somebody who was told to stop", async () => {
    const { connect, patient, controller } = scene(Infinity);
    const waiting = outagesUpTo(3600).bear("dut", connect, patient);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "SSH_REFUSED" });
  });
});
