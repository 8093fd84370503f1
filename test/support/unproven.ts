import type { TestContext } from "vitest";

/** What a machine cannot prove. */
export interface Unproven {
  readonly what: string;
  readonly why: string;
  /** What makes it provable here. */
  readonly remedy: string;
}

/** In CI all has to be proved. */
export const everythingMustRun = process.env["CI"] === "true";

/** Skips the test with a note for the closing line; with CI=true fails it. */
export function leaveUnproven(skip: TestContext["skip"], { what, why, remedy }: Unproven): never {
  if (everythingMustRun) {
    throw new Error(`${what} must be proved where CI=true, and cannot be here: ${why}. To mend it: ${remedy}`);
  }
  return skip(`${what} (${why})`);
}

/** Skips the test, or fails it with CI=true, unless the condition holds. */
export function provenOnlyIf(skip: TestContext["skip"], condition: boolean, unproven: Unproven): void {
  if (!condition) {
    leaveUnproven(skip, unproven);
  }
}
