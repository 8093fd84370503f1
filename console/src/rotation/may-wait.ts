import { type ApiKey, ApiKeyStatus } from "@altalune/sdk/messages";
import { isAhead } from "../keys/until-text.ts";

/** Whether a value of a key may wait to be claimed. One that is in force outlives the policy that has made it. */
export function mayWait(apiKey: ApiKey): boolean {
  const { status, rotationPolicy } = apiKey;
  const isOver = status === ApiKeyStatus.REVOKED || status === ApiKeyStatus.EXPIRED;
  return !isOver && (rotationPolicy !== undefined || hasPreviousValue(apiKey));
}

/** Whether the value before works as well. */
export function hasPreviousValue({ previousKeyExpiresAt }: ApiKey): boolean {
  return isAhead(previousKeyExpiresAt);
}
