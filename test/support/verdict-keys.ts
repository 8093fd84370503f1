import { RevocationReason } from "../../gen/altalune/v1/api_key_pb.js";
import { newSecret } from "../../src/domain/api_key/secret-format.js";
import { expireKey } from "./expire.js";
import { newApiKey, newProject } from "./fixtures.js";
import type { TestInstance } from "./instance.js";

interface KeySettings {
  readonly scopes?: string[];
  readonly ownerId?: string;
  readonly rateLimits?: { readonly perMinute?: number; readonly perDay?: number };
}

/** What differs from test to test. */
export interface VerdictKeySettings {
  /** Of every key of the project. */
  readonly all?: KeySettings;
  /** Of the one that lacks a scope; `orders:list` unless told. */
  readonly lacking?: string[];
  /** Of the one whose limits are used up: so much a day, and a minute. */
  readonly usedUp?: { readonly perDay: number; readonly perMinute?: number };
}

/** Makes a project with a key for each verdict where `orders:read` is required, beside texts that are no key of it. */
export async function makeVerdictKeys(
  { clients, db, rootKey }: TestInstance,
  { all = {}, lacking = ["orders:list"], usedUp = { perDay: 1 } }: VerdictKeySettings = {},
) {
  const projectId = await newProject(clients, { maxKeysPerOwner: 0 });
  const make = (settings: KeySettings = {}) =>
    newApiKey(clients, projectId, { scopes: ["orders:read"], ...all, ...settings });
  const [good, revoked, disabled, expired] = [await make(), await make(), await make(), await make()];
  await clients.apiKeys.revokeApiKey({ projectId, apiKeyId: revoked.id, reason: RevocationReason.KEY_COMPROMISED });
  await clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: disabled.id });
  await expireKey(db, expired.id);
  const unscoped = await make({ scopes: lacking });
  const limited = await make({ rateLimits: usedUp });
  await clients.verification.verifyApiKey({ key: limited.value, projectId, cost: usedUp.perDay });
  const elsewhere = await newApiKey(clients, await newProject(clients), { scopes: ["*"] });
  return {
    projectId,
    /** Makes another key like these. */
    make,
    keys: {
      VALID: good.value,
      REVOKED: revoked.value,
      DISABLED: disabled.value,
      EXPIRED: expired.value,
      INSUFFICIENT_SCOPE: unscoped.value,
      RATE_LIMITED: limited.value,
      NOT_FOUND: newSecret("sk-"),
      garbage: "garbage",
      "600 characters": "k".repeat(600),
      "of another project": elsewhere.value,
      "a root key": rootKey,
    },
  };
}
