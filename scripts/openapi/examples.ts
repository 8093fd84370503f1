import type { JsonObject } from "@bufbuild/protobuf";

/** What stands for ids and secrets in examples, by the names of path parameters and of members of bodies. */
export const placeholders: Readonly<Record<string, string>> = {
  project_id: "k3vq8zt5mwn2rx",
  api_key_id: "b7cd4fhj9lpsu6",
  name: "partners",
  user_id: "m4xw7qk2zt9bnr",
  webhook_id: "w5tr9ncq2hjx8e",
  event_id: "e2kp6vds7mzy4a",
  key: "sk-…",
  code: "alt_code_…",
};

const projectId = placeholders["project_id"] ?? "";
const apiKeyId = placeholders["api_key_id"] ?? "";
const key = placeholders["key"] ?? "";
const code = placeholders["code"] ?? "";

export interface RequestExample {
  readonly body?: JsonObject;
  readonly query?: JsonObject;
}

/**
 * A request of each rpc, by its name. A test runs them in this order, with the ids and the key that answers gave in the place of those
 * above.
 */
export const examples: Readonly<Record<string, RequestExample>> = {
  CreateProject: {
    body: { name: "Orders API", keyPrefix: "orders_", defaultScopes: ["orders:read"], allowNeverExpires: true },
  },
  GetProject: {},
  QueryProjects: { query: { keyword: "orders", sort: "name", page_size: 10 } },
  UpdateProject: { body: { maxKeysPerOwner: 10 } },
  UpsertTier: { body: { rateLimits: { perMinute: 60, perDay: 5000 } } },
  QueryTiers: { query: { sort: "name" } },
  CreateApiKey: {
    body: {
      name: "Build server",
      ownerId: "team-a",
      neverExpires: true,
      tier: "partners",
      metadata: { plan: "partner" },
    },
  },
  GetApiKey: {},
  GetRateLimits: {},
  QueryApiKeys: { query: { status: ["API_KEY_STATUS_ACTIVE"], owner_id: ["team-a"], sort: "-created_at" } },
  FindApiKeys: { body: { apiKeyId } },
  UpdateApiKey: { body: { name: "Build server 2", scopes: ["orders:read", "orders:write"] } },
  VerifyApiKey: { body: { key, projectId, requiredScopes: ["orders:read"] } },
  BatchVerifyApiKeys: { body: { requests: [{ key, projectId, cost: 0 }] } },
  RotateSigningSecret: { body: { gracePeriod: "3600s" } },
  VerifySignedRequest: {
    body: {
      apiKeyId,
      projectId,
      timestamp: "2026-01-31T12:00:00Z",
      nonce: "5f0c6b1e9a7d",
      method: "GET",
      path: "/orders?limit=10",
      bodySha256: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
      signature: "R8Ss0rVQFZxBvfQ0rLhzXmHf8BNm0JmT4nI5xWvC0mE=",
    },
  },
  ClaimRotatedKey: { body: {} },
  ReportExposedKey: { body: { key, source: "gitleaks", url: "https://git.example.com/orders/blob/main/.env" } },
  RotateApiKey: { body: { gracePeriod: "3600s" } },
  DeactivateApiKey: {},
  ActivateApiKey: {},
  RevokeApiKey: { body: { reason: "REVOCATION_REASON_NO_LONGER_NEEDED" } },
  DeleteApiKey: {},
  CreatePortalSession: {
    body: {
      ownerId: "team-a",
      permissions: [
        "PORTAL_PERMISSION_READ",
        "PORTAL_PERMISSION_CREATE",
        "PORTAL_PERMISSION_ROTATE",
        "PORTAL_PERMISSION_REVOKE",
        "PORTAL_PERMISSION_USAGE",
      ],
      ttl: "3600s",
    },
  },
  ExchangePortalCode: { body: { code } },
  QueryMyApiKeys: { query: { status: ["API_KEY_STATUS_ACTIVE"], sort: "-created_at" } },
  CreateMyApiKey: { body: { name: "Laptop" } },
  GetMyApiKey: {},
  RenameMyApiKey: { body: { name: "Old laptop" } },
  ClaimMyRotatedKey: { body: {} },
  RotateMyApiKey: { body: { gracePeriod: "3600s" } },
  GetMyUsage: { query: { start_time: "2026-01-01T00:00:00Z", end_time: "2026-01-02T00:00:00Z" } },
  RevokeMyApiKey: { body: {} },
  EndPortalSessions: { body: { ownerId: "team-a" } },
  CreateWebhook: {
    body: {
      url: "https://app.example.com/altalune",
      eventTypes: ["api_key.revoked", "api_key.expiring"],
      description: "Tells our app",
    },
  },
  GetWebhook: {},
  QueryWebhooks: { query: { sort: "-created_at" } },
  UpdateWebhook: { body: { description: "Tells our app of keys that end" } },
  SendTestEvent: { body: {} },
  QueryDeliveries: { query: { event_type: ["webhook.test"], page_size: 10 } },
  RedeliverEvent: { body: {} },
  RotateWebhookSecret: { body: { gracePeriod: "3600s" } },
  DeleteWebhook: {},
  GetUsage: {
    query: {
      start_time: "2026-01-01T00:00:00Z",
      end_time: "2026-01-02T00:00:00Z",
      granularity: "GRANULARITY_HOUR",
    },
  },
  GetApiKeyUsageBySource: {
    query: { start_time: "2026-01-01T00:00:00Z", end_time: "2026-02-01T00:00:00Z", limit: 10 },
  },
  QueryAuditEvents: { query: { action: ["api_key.created"], page_size: 10 } },
  VerifyAuditTrail: { body: { fromSequence: "1" } },
  InviteUser: { body: { email: "ada@example.com", role: "USER_ROLE_DEVELOPER", projectIds: [projectId] } },
  GetUser: {},
  QueryUsers: { query: { role: ["USER_ROLE_DEVELOPER"], sort: "-created_at" } },
  UpdateUser: { body: { displayName: "Ada", role: "USER_ROLE_VIEWER" } },
  RevokeUserSessions: { body: {} },
  DeleteUser: {},
  DeleteTier: {},
  DeleteProject: {},
};
