import { create } from "@bufbuild/protobuf";
import { type Duration, durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  type RotationPolicy as RotationPolicyMessage,
  RotationPolicySchema,
  UnclaimedValue,
} from "../../../gen/altalune/v1/rotation_pb.js";
import { InvalidFieldError } from "../domain-error.js";
import { type EveryField, msFromDuration } from "../proto-values.js";
import type { Renewal, RotationPolicy, Unclaimed } from "./model.js";

export function policyToProto(policy: RotationPolicy): RotationPolicyMessage {
  return create(RotationPolicySchema, {
    every: policy.everyMs === undefined ? undefined : durationFromMs(policy.everyMs),
    grace: durationFromMs(policy.graceMs),
    unclaimed: unclaimedToProto[policy.unclaimed],
    beforeExpiry: policy.renewal && durationFromMs(policy.renewal.beforeExpiryMs),
    lifetime: policy.renewal && durationFromMs(policy.renewal.lifetimeMs),
  } satisfies EveryField<RotationPolicyMessage>);
}

/** @throws InvalidFieldError for what its fields alone cannot tell */
export function policyFromProto(message: RotationPolicyMessage): RotationPolicy {
  const everyMs = optionalMs(message.every);
  const graceMs = optionalMs(message.grace) ?? 0;
  const unclaimed = unclaimedOfProto[message.unclaimed];
  const renewal = renewalFromProto(message);
  if (everyMs === undefined && renewal === undefined) {
    throw invalid("every", "must be set, unless before_expiry is");
  }
  if (everyMs !== undefined && graceMs >= everyMs) {
    throw invalid("grace", "must be less than every");
  }
  if (unclaimed === "end" && graceMs === 0) {
    throw invalid(
      "grace",
      "must be more than 0 where unclaimed is UNCLAIMED_VALUE_END: nobody could claim the new value",
    );
  }
  return { everyMs, graceMs, unclaimed, renewal };
}

export function optionalPolicyFromProto(message: RotationPolicyMessage | undefined): RotationPolicy | undefined {
  return message && policyFromProto(message);
}

function renewalFromProto({ beforeExpiry, lifetime }: RotationPolicyMessage): Renewal | undefined {
  const beforeExpiryMs = optionalMs(beforeExpiry);
  const lifetimeMs = optionalMs(lifetime);
  if (beforeExpiryMs === undefined && lifetimeMs === undefined) {
    return undefined;
  }
  if (beforeExpiryMs === undefined) {
    throw invalid("before_expiry", "must be set where lifetime is");
  }
  if (lifetimeMs === undefined) {
    throw invalid("lifetime", "must be set where before_expiry is");
  }
  if (beforeExpiryMs >= lifetimeMs) {
    throw invalid("before_expiry", "must be less than lifetime");
  }
  return { beforeExpiryMs, lifetimeMs };
}

const unclaimedToProto: Readonly<Record<Unclaimed, UnclaimedValue>> = {
  keep: UnclaimedValue.KEEP,
  end: UnclaimedValue.END,
};

const unclaimedOfProto: Readonly<Record<UnclaimedValue, Unclaimed>> = {
  [UnclaimedValue.UNSPECIFIED]: "keep",
  [UnclaimedValue.KEEP]: "keep",
  [UnclaimedValue.END]: "end",
};

function optionalMs(duration: Duration | undefined): number | undefined {
  return duration && msFromDuration(duration);
}

function invalid(field: string, rule: string): InvalidFieldError {
  return new InvalidFieldError(`rotation_policy.${field}`, rule);
}
