import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Our packages as their source: what was compiled may be older.
  ssr: { resolve: { conditions: ["altalune-source", ...defaultServerConditions] } },
  test: {
    globalSetup: ["test/support/global.ts"],
    reporters: ["default", "./test/support/closing-line.ts"],
    teardownTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "rules",
          include: ["test/rules/**/*.test.ts"],
          // A worker loads the product once and keeps one instance running, which its tests share.
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "process",
          include: ["test/process/**/*.test.ts"],
          isolate: false,
          // They mostly wait for processes.
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "search",
          include: ["test/search/**/*.test.ts"],
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
    // Processes, not threads: tests send signals and watch children end.
    pool: "forks",
    // How long a test takes is the machine's affair; these only end one that hangs.
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
