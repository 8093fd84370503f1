import type { Detail } from "../audit/model.js";
import type { RotationPolicy } from "./model.js";

/** What the trail keeps of a policy; null: there is none any more. */
export function policyDetail(policy: RotationPolicy | null): Detail | null {
  return (
    policy && {
      every_seconds: policy.everyMs && policy.everyMs / 1000,
      grace_seconds: policy.graceMs / 1000,
      unclaimed: policy.unclaimed,
      before_expiry_seconds: policy.renewal && policy.renewal.beforeExpiryMs / 1000,
      lifetime_seconds: policy.renewal && policy.renewal.lifetimeMs / 1000,
    }
  );
}
