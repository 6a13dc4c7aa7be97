import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Tests that start the real program must not run yesterday's build of it.
    globalSetup: ["test/build.ts"],
    setupFiles: ["test/own_lock.ts"],
    pool: "forks",
    // Two cores: real agents, browsers and compilers in more than two tests at once would only wait for each other.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
