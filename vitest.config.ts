import { fileURLToPath } from "node:url";
import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";
import LongestFirst from "./test/support/longest-first.js";

export default defineConfig({
  // As Node finds it for the libraries that use it, too: of two copies, each takes the errors of the other for a stranger's.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve("graphql")) }] },
  // Our packages as their source: what was compiled may be older.
  ssr: { resolve: { conditions: ["altalune-source", ...defaultServerConditions] } },
  test: {
    globalSetup: ["test/support/go-library.ts", "test/support/global.ts"],
    reporters: ["default", "./test/support/closing-line.ts"],
    teardownTimeout: 60_000,
    // One queue for all: where the tests of one project wait, those of the next already run.
    projects: ["rules", "process", "search"].map((name) => ({
      extends: true as const,
      test: { name, include: [`test/${name}/**/*.test.ts`] },
    })),
    // A worker loads the product once and keeps one instance running, which its tests share.
    isolate: false,
    // Many wait for processes, so there are more than a machine of two cores has; not many more, since a browser, a gateway and
    // a database are each waited for as long as their users would.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // Processes, not threads: tests send signals and watch children end.
    pool: "forks",
    // How long a test takes is the machine's affair; these only end one that hangs.
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
