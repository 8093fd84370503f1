import { policyOfNewKey } from "../../rotation/model.js";
import type { ApiKey, ApiKeyChanges } from "../model.js";

/** Whoever gives a key a near end, and says nothing of its policy, wants that end: it is not renewed. */
export function withEndThatLasts(before: ApiKey, asked: ApiKeyChanges): ApiKeyChanges {
  const { expiresAt, rotationPolicy } = asked;
  if (!expiresAt || rotationPolicy !== undefined) {
    return asked;
  }
  const policy = policyOfNewKey(before.rotationPolicy, expiresAt, before.observedAt);
  return policy === before.rotationPolicy ? asked : { ...asked, rotationPolicy: policy ?? null };
}
