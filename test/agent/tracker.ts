import type { TrackerConfig } from "../../src/agent/protocol.js";

/** A tracker that does what suites get unless they say otherwise, with 4 backends. */
export const TRACKER: TrackerConfig = {
  use: "load-balance",
  replies: "elsewhere",
  balancing: "hash",
  backends: 4,
  natAddresses: 32,
  loose: true,
  checkWindows: false,
  dropInvalid: false,
  expiry: "none",
  expiryIntervalSeconds: 0.001,
  scanIncremental: true,
  timeoutSeconds: 0,
  timeouts: {},
};
