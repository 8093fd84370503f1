import { test as base } from "vitest";
import { startTestInstance } from "./instance.js";

/**
 * A test beside others on one running instance, started once a worker and stopped at its end. What a test makes there stays:
 * it looks at projects, root keys and tiers of its own only. A test that needs other settings, turns the clock, or looks at
 * the whole instance starts one for itself.
 */
export const test = base.extend(
  "instance",
  { scope: "worker" },
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads off the pattern which fixtures this one needs.
  async ({}, { onCleanup }) => {
    const instance = await startTestInstance();
    onCleanup(() => instance.stop());
    return instance;
  },
);
