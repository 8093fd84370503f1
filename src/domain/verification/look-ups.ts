import { ConcurrencyLimiter } from "../../platform/concurrency-limiter.js";
import { DatabaseBusyError } from "../overload/errors.js";

/** How long a verification waits for the database, in milliseconds. */
export const lookUpMs = 5_000;

/**
 * Runs the statements of verifications, of keys and signed requests alike.
 *
 * @param max how many may be at the database at once
 */
export function createLookUps(max: number): ConcurrencyLimiter {
  return new ConcurrencyLimiter({ max, timeoutMs: lookUpMs, overloaded: () => new DatabaseBusyError() });
}
