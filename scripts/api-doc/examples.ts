/** One call a service, as it would be typed; a test runs them. */
export const examples: Readonly<Record<string, { readonly rpc: string; readonly body: string }>> = {
  ProjectService: {
    rpc: "CreateProject",
    body: '{"name": "Orders API", "keyPrefix": "orders_", "defaultScopes": ["orders:read"]}',
  },
  ApiKeyService: {
    rpc: "CreateApiKey",
    body: '{"projectId": "\'$PROJECT_ID\'", "name": "Build server", "ownerId": "team-a", "expiration": "\'$IN_90_DAYS\'"}',
  },
  VerificationService: { rpc: "VerifyApiKey", body: '{"key": "\'$KEY\'", "requiredScopes": ["orders:read"]}' },
  TierService: { rpc: "QueryTiers", body: "{}" },
  UsageService: {
    rpc: "GetUsage",
    body: '{"projectId": "\'$PROJECT_ID\'", "startTime": "2026-01-01T00:00:00Z", "endTime": "2026-01-02T00:00:00Z"}',
  },
  AuditService: { rpc: "VerifyAuditTrail", body: '{"projectId": "\'$PROJECT_ID\'"}' },
};
