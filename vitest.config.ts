import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global.ts"],
    reporters: ["default", "./test/support/closing-line.ts"],
    // Processes, not threads: tests send signals and watch children end.
    pool: "forks",
    // How long a test takes is the machine's affair; these only end one that hangs.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    teardownTimeout: 60_000,
  },
});
