import { seldom } from "./seldom.js";

/** Whether the server can do its work, and if not, why. */
export interface Readiness {
  readonly ready: boolean;
  /** What it cannot do, changes included, and why. */
  readonly reasons: readonly string[];
  readonly canVerify?: boolean;
  readonly canChange?: boolean;
}

/** How long an answer may take, in milliseconds. */
const timeoutMs = 3_000;

/** Asks `check` seldom, one at a time, and never waits long for it. It does not throw. */
export function createReadiness(check: () => Promise<Readiness>, isDraining: () => boolean): () => Promise<Readiness> {
  const ask = seldom(check);
  return async () => {
    if (isDraining()) {
      return { ready: false, reasons: ["draining"] };
    }
    return await answered(ask);
  };
}

/** What the check says, or that it failed or takes too long: then it goes on. */
export async function answered(check: () => Promise<Readiness>): Promise<Readiness> {
  const { promise: late, resolve } = Promise.withResolvers<Readiness>();
  const timer = setTimeout(() => resolve({ ready: false, reasons: ["the check takes too long"] }), timeoutMs);
  try {
    return await Promise.race([check(), late]);
  } catch {
    return { ready: false, reasons: ["the check failed"] };
  } finally {
    clearTimeout(timer);
  }
}
