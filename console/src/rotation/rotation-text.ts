import { type RotationPolicy, type RotationPolicySchema, UnclaimedValue } from "@altalune/sdk/messages";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type LifetimeFields, lifetimeFieldsOf, lifetimeGiven, readsAsLifetime } from "../form/lifetime-fields.ts";

/** A rotation policy as a form has it. */
export interface RotationText {
  /** Whether there is one. */
  readonly isOn: boolean;
  readonly every: LifetimeFields;
  readonly grace: LifetimeFields;
  readonly unclaimed: "keep" | "end";
  readonly beforeExpiry: LifetimeFields;
  readonly lifetime: LifetimeFields;
}

/** What a form says that begins with none. */
const usual: RotationText = {
  isOn: false,
  every: { count: "90", unit: "days" },
  grace: { count: "7", unit: "days" },
  unclaimed: "keep",
  beforeExpiry: lifetimeFieldsOf(undefined),
  lifetime: lifetimeFieldsOf(undefined),
};

export function rotationTextOf(policy: RotationPolicy | undefined): RotationText {
  if (policy === undefined) {
    return usual;
  }
  return {
    isOn: true,
    every: lifetimeFieldsOf(policy.every),
    grace: lifetimeFieldsOf(policy.grace),
    unclaimed: policy.unclaimed === UnclaimedValue.END ? "end" : "keep",
    beforeExpiry: lifetimeFieldsOf(policy.beforeExpiry),
    lifetime: lifetimeFieldsOf(policy.lifetime),
  };
}

/** As a request has it, which is nothing where there is to be none; undefined: something of it cannot be read. */
export function rotationPolicyOf(
  text: RotationText,
): { readonly rotationPolicy?: MessageInitShape<typeof RotationPolicySchema> } | undefined {
  const { isOn, every, grace, unclaimed, beforeExpiry, lifetime } = text;
  if (!isOn) {
    return {};
  }
  if (![every, grace, beforeExpiry, lifetime].every(readsAsLifetime)) {
    return undefined;
  }
  return {
    rotationPolicy: {
      unclaimed: unclaimed === "end" ? UnclaimedValue.END : UnclaimedValue.KEEP,
      ...lifetimeGiven("every", every),
      ...lifetimeGiven("grace", grace),
      ...lifetimeGiven("beforeExpiry", beforeExpiry),
      ...lifetimeGiven("lifetime", lifetime),
    },
  };
}
