/** What runs under Debian's own kernel: `npm run test:vm`. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/agent/classifiers/*.test.ts", "test/agent/classifiers/flow_perf/trial.test.ts"],
    // It asks for all of the addon, of which the machine has a part.
    exclude: ["test/agent/classifiers/forwarding.test.ts"],
    // The machine is emulated.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
  },
});
