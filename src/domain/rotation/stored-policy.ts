import { type RotationPolicy, type Unclaimed, unclaimedNumbers } from "./model.js";

/** How a policy is stored, in JSON: what an older instance does not know it leaves out when it writes. */
interface StoredPolicy {
  readonly every_ms?: number | undefined;
  readonly grace_ms: number;
  readonly unclaimed: number;
  readonly renewal?: { readonly before_expiry_ms: number; readonly lifetime_ms: number } | undefined;
}

const unclaimedOf = new Map(
  Object.entries(unclaimedNumbers).map(([unclaimed, number]) => [number, unclaimed as Unclaimed]),
);

/** @param stored as the column holds it; null: none */
export function policyOfStored(stored: unknown): RotationPolicy | undefined {
  if (stored === null) {
    return undefined;
  }
  const { every_ms, grace_ms, unclaimed, renewal } = stored as StoredPolicy;
  return {
    everyMs: every_ms,
    graceMs: grace_ms,
    unclaimed: unclaimedOf.get(unclaimed) ?? "keep",
    renewal: renewal && { beforeExpiryMs: renewal.before_expiry_ms, lifetimeMs: renewal.lifetime_ms },
  };
}

export function storedPolicy(policy: RotationPolicy | undefined): StoredPolicy | null {
  return policy === undefined
    ? null
    : {
        every_ms: policy.everyMs,
        grace_ms: policy.graceMs,
        unclaimed: unclaimedNumbers[policy.unclaimed],
        renewal: policy.renewal && {
          before_expiry_ms: policy.renewal.beforeExpiryMs,
          lifetime_ms: policy.renewal.lifetimeMs,
        },
      };
}
