export interface Example {
  readonly rpc: string;
  readonly body: string;
  /** The variable of the shell that holds it, and the call that gives it; a root key unless it says so. */
  readonly credential?: {
    readonly variable: string;
    readonly path: string;
    readonly body: string;
    readonly member: string;
  };
  /** What later examples need of its answer: a variable of the shell, and the member that it is taken from. */
  readonly keeps?: { readonly variable: string; readonly member: string };
}

/** One call a service, as it would be typed, one after the other in one shell; a test runs them. Nothing that is made ends by itself. */
export const examples: Readonly<Record<string, Example>> = {
  ProjectService: {
    rpc: "CreateProject",
    body: '{"name": "Orders API", "keyPrefix": "orders_", "defaultScopes": ["orders:read"], "allowNeverExpires": true}',
    keeps: { variable: "PROJECT_ID", member: "id" },
  },
  ApiKeyService: {
    rpc: "CreateApiKey",
    body: '{"projectId": "\'$PROJECT_ID\'", "name": "Build server", "ownerId": "team-a", "neverExpires": true}',
    keeps: { variable: "KEY", member: "keyValue" },
  },
  VerificationService: {
    rpc: "VerifyApiKey",
    body: '{"projectId": "\'$PROJECT_ID\'", "key": "\'$KEY\'", "requiredScopes": ["orders:read"]}',
  },
  TierService: { rpc: "QueryTiers", body: "{}" },
  UsageService: {
    rpc: "GetUsage",
    body: '{"projectId": "\'$PROJECT_ID\'", "startTime": "2026-01-01T00:00:00Z", "endTime": "2026-01-02T00:00:00Z"}',
  },
  WebhookService: {
    rpc: "CreateWebhook",
    body: '{"projectId": "\'$PROJECT_ID\'", "url": "https://app.example.com/altalune", "eventTypes": ["api_key.revoked"]}',
    keeps: { variable: "WEBHOOK_SECRET", member: "secret" },
  },
  PortalService: {
    rpc: "CreatePortalSession",
    body: '{"projectId": "\'$PROJECT_ID\'", "ownerId": "team-a", "permissions": ["PORTAL_PERMISSION_READ"]}',
    keeps: { variable: "URL", member: "url" },
  },
  ExposureService: {
    rpc: "ReportExposedKey",
    body: '{"key": "\'$KEY\'", "source": "gitleaks", "url": "https://git.example.com/orders/blob/main/.env"}',
  },
  MyApiKeyService: {
    rpc: "QueryMyApiKeys",
    body: "{}",
    credential: {
      variable: "TOKEN",
      path: "altalune.v1.PortalService/ExchangePortalCode",
      body: `{"code": "'\${URL#*#code=}'"}`,
      member: "token",
    },
  },
  UserService: { rpc: "QueryUsers", body: "{}" },
  AuditService: { rpc: "VerifyAuditTrail", body: '{"projectId": "\'$PROJECT_ID\'"}' },
};
