// Commands and output over one open connection to the SSH server of a namespace of this machine.
import { execa } from "execa";
import { median } from "../../dist/statistics/median.js";
import { addNamespace } from "../../dist/testbed/netns/namespaces.js";
import { claimSlot, releaseSlot } from "../../dist/testbed/netns/slots.js";
import { makeUserKey, startSshd } from "../../dist/testbed/netns/sshd.js";
import { connectSsh } from "../../dist/testbed/ssh/connect.js";
import { script } from "../../dist/testbed/ssh/script.js";
import { millisecondsOf } from "./clock.mjs";

const COMMANDS = 100;
const BYTES = 256e6;

export async function measureSsh() {
  const slot = await claimSlot("orchestration");
  try {
    const namespace = addNamespace(slot, "host", 0);
    const connection = await connectSsh(await startSshd(slot, namespace, await makeUserKey(slot)));
    try {
      return {
        ...(await commandsMs(connection)),
        [`output over SSH, MB/s (${BYTES / 1e6} MB)`]: await outputRate(connection),
      };
    } finally {
      await connection.close();
    }
  } finally {
    releaseSlot(slot);
  }
}

/** By turns with the same command started here, which is what this machine can do at the moment. */
async function commandsMs(connection) {
  const [over, here] = [[], []];
  for (let count = 0; count < COMMANDS; count += 1) {
    over.push(await millisecondsOf(() => connection.exec(script("true"))));
    here.push(await millisecondsOf(() => execa("/bin/sh", ["-c", "true"])));
  }
  return {
    [`command over SSH, ms (median of ${COMMANDS})`]: median(over),
    [`command started here, ms (median of ${COMMANDS})`]: median(here),
  };
}

async function outputRate(connection) {
  let bytes = 0;
  const took = await millisecondsOf(async () => {
    const { stdout, stderr, gone } = await connection.start(["head", "-c", String(BYTES), "/dev/zero"]);
    stdout.on("data", (data) => (bytes += data.length));
    stderr.resume();
    await gone;
  });
  if (bytes !== BYTES) throw new Error(`${bytes} of ${BYTES} bytes came`);
  return bytes / 1e6 / (took / 1e3);
}
