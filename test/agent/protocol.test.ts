import { describe, expect, it } from "vitest";
import { paramsSchemas } from "../../src/agent/params_schemas.js";
import { PROTOCOL_VERSION } from "../../src/agent/protocol.js";

describe("the agent's protocol", () => {
  it("has a number that rises with its methods: change both here", () => {
    expect([PROTOCOL_VERSION, ...Object.keys(paramsSchemas).toSorted()]).toMatchInlineSnapshot(`
      [
        8,
        "calibration.read",
        "conntrack.run",
        "forwarder.counts",
        "forwarder.start",
        "forwarder.stop",
        "forwarding.run",
        "gateway.run",
        "generator.measure",
        "generator.prepare",
        "generator.run",
        "hello",
        "host.clock",
        "host.probe",
        "lease.renew",
        "limits.measure",
        "lock.clear",
        "lock.holder",
        "lock.release",
        "lock.take",
        "pcap.inspect",
        "program.find",
        "program.start",
        "program.stop",
        "program.wait",
        "rules.conformance",
        "rules.rate",
        "rules.run",
        "shutdown",
        "table.run",
        "traffic.generate",
        "traffic.summarise",
        "trial.stop",
      ]
    `);
  });
});
