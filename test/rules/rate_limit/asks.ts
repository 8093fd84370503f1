import type { RefillAsk } from "../../../src/domain/rate_limit/refill.js";

/** An ask of nothing, with what a test asks for. */
export function askOf(wanted: Partial<RefillAsk>): RefillAsk {
  return {
    projectId: 1n,
    apiKeyId: 1n,
    perMinute: undefined,
    perDay: undefined,
    awaited: true,
    waiting: 0,
    unit: 1,
    run: wanted.waiting ?? 0,
    held: 0,
    surplus: 0,
    ahead: undefined,
    returned: undefined,
    ...wanted,
  };
}
