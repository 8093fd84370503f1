import type { DescMessage, DescMethodUnary, MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { PortalPermission } from "../../../gen/altalune/v1/portal_pb.js";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { dayMs, fromNow, uniqueName } from "../../support/fixtures.js";
import { nowhere } from "../../support/webhooks.js";
import { nameOf } from "./every-rpc.js";

/** What a request is about. */
export interface Target {
  readonly projectId: string;
  readonly apiKeyId: string;
  /** A key that is presented for verification. */
  readonly presentedKey: string;
  /** Undefined: where no user is called for. */
  readonly userId?: string;
  /** Undefined: where no webhook is called for. */
  readonly webhookId?: string;
  /** An event that the webhook was told of. */
  readonly eventId?: string;
}

/** A request of each rpc that passes every rule of its message. */
const requests: Readonly<Record<string, (target: Target) => object>> = {
  "ProjectService/CreateProject": () => ({ name: uniqueName("project") }),
  "ProjectService/GetProject": ({ projectId }) => ({ projectId }),
  "ProjectService/QueryProjects": () => ({}),
  "ProjectService/UpdateProject": ({ projectId }) => ({ projectId, name: uniqueName("project") }),
  "ProjectService/DeleteProject": ({ projectId }) => ({ projectId }),
  "ApiKeyService/QueryApiKeys": ({ projectId }) => ({ projectId }),
  "ApiKeyService/CreateApiKey": ({ projectId }) => ({
    projectId,
    name: uniqueName("key"),
    expiration: fromNow(dayMs),
  }),
  "ApiKeyService/FindApiKeys": ({ apiKeyId }) => ({ apiKeyId }),
  "ApiKeyService/GetApiKey": keyOf,
  "ApiKeyService/GetRateLimits": keyOf,
  "ApiKeyService/UpdateApiKey": (target) => ({ ...keyOf(target), name: uniqueName("key") }),
  "ApiKeyService/DeleteApiKey": keyOf,
  "ApiKeyService/ActivateApiKey": keyOf,
  "ApiKeyService/DeactivateApiKey": keyOf,
  "ApiKeyService/RevokeApiKey": (target) => ({ ...keyOf(target), reason: RevocationReason.ADMINISTRATIVE }),
  "ApiKeyService/RotateApiKey": (target) => ({ ...keyOf(target), gracePeriod: durationFromMs(1000) }),
  "ApiKeyService/ClaimRotatedKey": keyOf,
  "ApiKeyService/RotateSigningSecret": (target) => ({ ...keyOf(target), gracePeriod: durationFromMs(1000) }),
  "VerificationService/VerifyApiKey": ({ presentedKey }) => ({ key: presentedKey }),
  "VerificationService/BatchVerifyApiKeys": ({ presentedKey }) => ({ requests: [{ key: presentedKey }] }),
  "VerificationService/VerifySignedRequest": ({ projectId, apiKeyId }) => ({
    projectId,
    apiKeyId,
    timestamp: fromNow(0),
    nonce: uniqueName("nonce-nonce"),
    method: "GET",
    path: "/",
    bodySha256: new Uint8Array(32),
    signature: new Uint8Array(32),
  }),
  "TierService/QueryTiers": () => ({}),
  "TierService/UpsertTier": () => ({ tier: { name: "authority-test", rateLimits: { perDay: 5 } } }),
  "TierService/DeleteTier": () => ({ name: "authority-test" }),
  "UsageService/GetUsage": ({ projectId }) => ({ projectId, startTime: fromNow(-dayMs), endTime: fromNow(0) }),
  "UsageService/GetApiKeyUsageBySource": (target) => ({
    ...keyOf(target),
    startTime: fromNow(-dayMs),
    endTime: fromNow(0),
  }),
  "PortalService/CreatePortalSession": ({ projectId }) => ({
    projectId,
    ownerId: "alice",
    permissions: [PortalPermission.READ],
  }),
  "PortalService/ExchangePortalCode": () => ({ code: "a code" }),
  "PortalService/EndPortalSessions": ({ projectId }) => ({ projectId, ownerId: "alice" }),
  "WebhookService/CreateWebhook": ({ projectId }) => ({ projectId, url: nowhere }),
  "WebhookService/QueryWebhooks": ({ projectId }) => ({ projectId }),
  "WebhookService/GetWebhook": webhookOf,
  "WebhookService/UpdateWebhook": (target) => ({ ...webhookOf(target), description: uniqueName("webhook") }),
  "WebhookService/DeleteWebhook": webhookOf,
  "WebhookService/RotateWebhookSecret": webhookOf,
  "WebhookService/SendTestEvent": webhookOf,
  "WebhookService/QueryDeliveries": webhookOf,
  "WebhookService/RedeliverEvent": ({ eventId = "e".repeat(14), ...target }) => ({ ...webhookOf(target), eventId }),
  "ExposureService/ReportExposedKey": ({ presentedKey }) => ({ key: presentedKey }),
  "MyApiKeyService/QueryMyApiKeys": () => ({}),
  "MyApiKeyService/CreateMyApiKey": () => ({ name: uniqueName("key") }),
  "MyApiKeyService/GetMyApiKey": ({ apiKeyId }) => ({ apiKeyId }),
  "MyApiKeyService/RenameMyApiKey": ({ apiKeyId }) => ({ apiKeyId, name: uniqueName("key") }),
  "MyApiKeyService/RotateMyApiKey": ({ apiKeyId }) => ({ apiKeyId }),
  "MyApiKeyService/ClaimMyRotatedKey": ({ apiKeyId }) => ({ apiKeyId }),
  "MyApiKeyService/RevokeMyApiKey": ({ apiKeyId }) => ({ apiKeyId }),
  "MyApiKeyService/GetMyUsage": () => ({ startTime: fromNow(-dayMs), endTime: fromNow(0) }),
  "AuditService/QueryAuditEvents": ({ projectId }) => ({ projectId }),
  "AuditService/VerifyAuditTrail": ({ projectId }) => ({ projectId }),
  "UserService/QueryUsers": () => ({}),
  "UserService/InviteUser": () => ({
    email: `${uniqueName("person").replace(" ", "-")}-${Date.now()}@example.com`,
    role: UserRole.VIEWER,
  }),
  "UserService/GetUser": userOf,
  "UserService/UpdateUser": (target) => ({ ...userOf(target), displayName: uniqueName("person") }),
  "UserService/DeleteUser": userOf,
  "UserService/RevokeUserSessions": userOf,
};

/** A request that passes every rule of its message. Throws for an rpc that this file was not told of. */
export function goodRequest(method: DescMethodUnary, target: Target): MessageInitShape<DescMessage> {
  const request = requests[nameOf(method)];
  if (request === undefined) {
    throw new Error(`test/rules/authority/requests.ts has no request for ${nameOf(method)}`);
  }
  return request(target) as MessageInitShape<DescMessage>;
}

function userOf({ userId = "u".repeat(14) }: Target) {
  return { userId };
}

function webhookOf({ projectId, webhookId = "w".repeat(14) }: Omit<Target, "eventId">) {
  return { projectId, webhookId };
}

function keyOf({ projectId, apiKeyId }: Target) {
  return { projectId, apiKeyId };
}
