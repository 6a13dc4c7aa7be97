/** What runs under Debian's own kernel: `npm run test:vm`. */
import { defineConfig } from "vitest/config";

const classifiers = "test/agent/classifiers";

export default defineConfig({
  test: {
    include: ["rate", "conformance", "rte_flow", "flow_perf/trial"].map((name) => `${classifiers}/${name}.test.ts`),
    // The machine is emulated: all is loaded once, and asked once which classifiers there are.
    isolate: false,
    maxWorkers: 1,
    testTimeout: 600_000,
    hookTimeout: 300_000,
  },
});
