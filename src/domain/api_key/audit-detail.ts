import type { Detail } from "../audit/model.js";
import type { SnakeCase } from "../field-mask.js";
import type { RateLimits } from "../rate_limit/model.js";
import { policyDetail } from "../rotation/audit-detail.js";
import type { ApiKey, ApiKeyChanges, ApiKeySettings } from "./model.js";

/** Every setting, under its name in the contract: one that is forgotten does not compile. */
type EverySetting = Readonly<Record<SnakeCase<Exclude<keyof ApiKeySettings, "expiresAt">> | "expiration", unknown>>;

/** What the trail keeps of a new key. Metadata is the client's own and may be personal: it is not kept. */
export function detailOfNewKey(apiKey: ApiKey): Detail {
  return {
    name: apiKey.name,
    owner_id: apiKey.ownerId,
    key_prefix: apiKey.displayPrefix,
    scopes: apiKey.scopes,
    tier: apiKey.tier,
    rate_limits: limitsDetail(apiKey.rateLimits),
    expiration: apiKey.expiresAt?.toISOString() ?? "never",
    rotation_policy: policyDetail(apiKey.rotationPolicy ?? null) ?? undefined,
    has_signing_secret: apiKey.signingSecret !== undefined,
    projects: apiKey.reachableProjectIds,
  } satisfies Detail & Omit<EverySetting, "metadata">;
}

export function detailOfChanges(changes: ApiKeyChanges): Detail {
  return {
    name: changes.name,
    scopes: changes.scopes,
    tier: changes.tier,
    rate_limits: changes.rateLimits && limitsDetail(changes.rateLimits),
    expiration: changes.expiresAt === null ? "never" : changes.expiresAt?.toISOString(),
    metadata: changes.metadata === undefined ? undefined : "changed",
    rotation_policy: changes.rotationPolicy === undefined ? undefined : policyDetail(changes.rotationPolicy),
  } satisfies EverySetting;
}

function limitsDetail({ perMinute, perDay }: RateLimits): Detail {
  return { per_minute: perMinute, per_day: perDay };
}
