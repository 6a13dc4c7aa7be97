import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { judgeKey, keysOf, knownName } from "../../../src/testbed/ssh/known_hosts.js";
import { temporaryFolder } from "../../agent/agents.js";

const [KEY, OTHER] = ["one", "two"].map((text) => Buffer.from(`\0\0\0\x0bssh-ed25519${text}`));

async function keys(name: string, ...lines: readonly string[]) {
  const file = join(await temporaryFolder(), "known_hosts");
  writeFileSync(file, `${lines.join("\n")}\n`);
  return keysOf(name, [file, "/nonexistent/known_hosts"]);
}

const line = (hosts: string, key = KEY): string => `${hosts} ssh-ed25519 ${key!.toString("base64")} a comment`;

function hashed(name: string): string {
  const salt = Buffer.from("0123456789abcdefghij");
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}

describe("known hosts", () => {
  it.each([
    ["a name", "dut", true],
    ["a list", "other,dut,10.0.0.7", true],
    ["a pattern", "d?t*", true],
    ["a pattern that excludes", "*,!dut", false],
    ["a name in capitals", "DUT", true],
    ["another name", "dut2", false],
    ["a hash", hashed("dut"), true],
    ["the hash of another name", hashed("dut2"), false],
    ["a dot that is no wildcard", "d.t", false],
  ])("are found by %s", async (_name, hosts, found) => {
    expect(await keys("dut", "# comment", "", line(hosts))).toHaveLength(found ? 1 : 0);
  });

  it("have their port in brackets unless it is 22", async () => {
    expect(knownName("Dut", 22)).toBe("dut");
    const name = knownName("10.0.0.7", 2222);
    expect(await keys(name, line("[10.0.0.7]:2222"))).toHaveLength(1);
    expect(await keys(name, line("10.0.0.7"), line("1"))).toHaveLength(0);
  });

  it("say whether a key is known, unknown, changed or revoked", async () => {
    const verdict = async (...lines: readonly string[]) => judgeKey(KEY!, await keys("dut", ...lines)).is;
    expect(await verdict(line("dut"))).toBe("known");
    expect(await verdict(line("dut", OTHER), line("dut"))).toBe("known");
    expect(await verdict(line("dut", OTHER))).toBe("changed");
    expect(await verdict()).toBe("unknown");
    expect(await verdict(line("dut"), `@revoked ${line("*")}`)).toBe("revoked");
    expect(await verdict(`@revoked ${line("*", OTHER)}`)).toBe("unknown");
    expect(await verdict(`@cert-authority ${line("*")}`)).toBe("unknown");
  });
});
