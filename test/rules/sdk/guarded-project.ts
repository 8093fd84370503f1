import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { expireKey } from "../../support/expire.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";

/** A project with a key for each verdict. */
export interface GuardedProject {
  readonly projectId: string;
  /** Values of keys. */
  readonly good: string;
  readonly other: string;
  readonly limited: string;
  readonly usedUp: string;
  readonly readOnly: string;
  readonly revoked: string;
  readonly disabled: string;
  readonly expired: string;
  readonly elsewhere: string;
  /** What an app sees of the good one. */
  readonly seen: string;
}

export async function makeGuardedProject({ clients, db }: TestInstance): Promise<GuardedProject> {
  const projectId = await newProject(clients);
  const make = (settings: Parameters<typeof newApiKey>[2] = {}) =>
    newApiKey(clients, projectId, { scopes: ["orders:*"], ...settings });
  const good = await make({ ownerId: "user_1" });
  const other = await make();
  const limited = await make({ rateLimits: { perMinute: 100, perDay: 5000 } });
  const usedUp = await make({ rateLimits: { perDay: 1 } });
  const readOnly = await make({ scopes: ["orders:read"] });
  const [revoked, disabled, expired] = [await make(), await make(), await make()];
  await clients.apiKeys.revokeApiKey({ projectId, apiKeyId: revoked.id, reason: RevocationReason.KEY_COMPROMISED });
  await clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: disabled.id });
  await expireKey(db, expired.id);
  await clients.verification.verifyApiKey({ key: usedUp.value, projectId });
  const elsewhere = await newApiKey(clients, await newProject(clients));
  return {
    projectId,
    good: good.value,
    other: other.value,
    limited: limited.value,
    usedUp: usedUp.value,
    readOnly: readOnly.value,
    revoked: revoked.value,
    disabled: disabled.value,
    expired: expired.value,
    elsewhere: elsewhere.value,
    seen: `${good.id} user_1 orders:*`,
  };
}
