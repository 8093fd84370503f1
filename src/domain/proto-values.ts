import { clone, create, type DescMessage, type Message, type MessageShape, toJson } from "@bufbuild/protobuf";
import { type Duration, durationFromMs, type Timestamp, timestampFromDate } from "@bufbuild/protobuf/wkt";
import canonicalize from "canonicalize";
import { type Propagation as PropagationMessage, PropagationSchema } from "../../gen/altalune/v1/common_pb.js";
import {
  type RotationPolicy as RotationPolicyMessage,
  RotationPolicySchema,
  UnclaimedValue,
} from "../../gen/altalune/v1/rotation_pb.js";
import type { RateLimits as RateLimitsMessage } from "../../gen/altalune/v1/tier_pb.js";
import { type RateLimitState, RateLimitStateSchema, RateLimitWindow } from "../../gen/altalune/v1/verification_pb.js";
import { InvalidFieldError } from "./domain-error.js";
import type { Propagation } from "./propagation/model.js";
import type { LimitState, RateLimits } from "./rate_limit/model.js";
import type { NamedRequest } from "./request_id/model.js";
import type { Renewal, RotationPolicy, Unclaimed } from "./rotation/model.js";

/** Every field of a message, unset ones too: a mapper that forgets one does not compile. */
export type EveryField<M extends Message> = Readonly<Record<Exclude<keyof M, "$typeName" | "$unknown">, unknown>>;

/**
 * A request, if its client has named it. All of its fields count for what it asks for: one that is unset is as one that is empty,
 * members of metadata have no order, and how it came, in JSON or in binary, is not told.
 */
export function namedRequestOf<Desc extends DescMessage>(
  schema: Desc,
  request: MessageShape<Desc> & { readonly requestId: string },
): NamedRequest | undefined {
  const { requestId } = request;
  if (requestId === "") {
    return undefined;
  }
  const asked = toJson(schema, Object.assign(clone(schema, request), { requestId: "" }));
  return { requestId, text: `${schema.typeName} ${canonicalize(asked)}` };
}

export function propagationToProto({ effectiveAt, pendingInstances }: Propagation): PropagationMessage {
  return create(PropagationSchema, { effectiveAt: timestampFromDate(effectiveAt), pendingInstances });
}

/** Null and undefined, which stand for "never" and "not yet", leave the field unset. */
export function optionalTimestamp(date: Date | null | undefined): Timestamp | undefined {
  return date ? timestampFromDate(date) : undefined;
}

/**
 * To the millisecond, as times are stored; a fraction of one is dropped. So a start holds all that was asked for, and an
 * expiration is never later than what was asked for.
 */
export function dateFromTimestamp({ seconds, nanos }: Timestamp): Date {
  return new Date(Number(seconds) * 1000 + Math.floor(nanos / nanosOfMs));
}

/** The same of the end of a span, which a fraction of a millisecond belongs to. */
export function endFromTimestamp({ seconds, nanos }: Timestamp): Date {
  return new Date(Number(seconds) * 1000 + Math.ceil(nanos / nanosOfMs));
}

/** In whole milliseconds, never more than was asked for. */
export function msFromDuration({ seconds, nanos }: Duration): number {
  return Number(seconds) * 1000 + Math.floor(nanos / nanosOfMs);
}

const nanosOfMs = 1_000_000;

export function optionalDate(timestamp: Timestamp | undefined): Date | undefined {
  return timestamp && dateFromTimestamp(timestamp);
}

export function rateLimitsFromProto(limits: RateLimitsMessage | undefined): RateLimits {
  return { perMinute: limits?.perMinute, perDay: limits?.perDay };
}

/** Unset when there is none in either window. */
export function rateLimitsToProto({ perMinute, perDay }: RateLimits) {
  return perMinute === undefined && perDay === undefined ? undefined : { perMinute, perDay };
}

export function limitStateToProto({ window, limit, remaining, resetAt }: LimitState): RateLimitState {
  return create(RateLimitStateSchema, {
    window: window === "minute" ? RateLimitWindow.MINUTE : RateLimitWindow.DAY,
    limit,
    remaining,
    resetAt: timestampFromDate(resetAt),
  });
}

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
    throw invalidPolicy("every", "must be set, unless before_expiry is");
  }
  if (everyMs !== undefined && graceMs >= everyMs) {
    throw invalidPolicy("grace", "must be less than every");
  }
  if (unclaimed === "end" && graceMs === 0) {
    throw invalidPolicy(
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
    throw invalidPolicy("before_expiry", "must be set where lifetime is");
  }
  if (lifetimeMs === undefined) {
    throw invalidPolicy("lifetime", "must be set where before_expiry is");
  }
  if (beforeExpiryMs >= lifetimeMs) {
    throw invalidPolicy("before_expiry", "must be less than lifetime");
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

function invalidPolicy(field: string, rule: string): InvalidFieldError {
  return new InvalidFieldError(`rotation_policy.${field}`, rule);
}
