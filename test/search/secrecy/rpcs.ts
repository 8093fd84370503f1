import type { DescMethod, DescService, JsonObject } from "@bufbuild/protobuf";
import { ApiKeyService } from "../../../gen/altalune/v1/api_key_pb.js";
import { AuditService } from "../../../gen/altalune/v1/audit_pb.js";
import { ExposureService } from "../../../gen/altalune/v1/exposure_pb.js";
import { MyApiKeyService } from "../../../gen/altalune/v1/my_api_key_pb.js";
import { PortalService } from "../../../gen/altalune/v1/portal_pb.js";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { TierService } from "../../../gen/altalune/v1/tier_pb.js";
import { UsageService } from "../../../gen/altalune/v1/usage_pb.js";
import { UserService } from "../../../gen/altalune/v1/user_pb.js";
import { VerificationService } from "../../../gen/altalune/v1/verification_pb.js";
import { WebhookService } from "../../../gen/altalune/v1/webhook_pb.js";
import { Health } from "../../../gen/grpc/health/v1/health_pb.js";
import { ServerReflection } from "../../../gen/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as AlphaReflection } from "../../../gen/grpc/reflection/v1alpha/reflection_pb.js";
import { dayMs, newApiKey, newProject, newUser, uniqueName } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { newPortalCode } from "../../support/owners.js";
import { newWebhook, nowhere } from "../../support/webhooks.js";

const services: readonly DescService[] = [
  ProjectService,
  ApiKeyService,
  VerificationService,
  TierService,
  UsageService,
  AuditService,
  PortalService,
  ExposureService,
  MyApiKeyService,
  UserService,
  WebhookService,
  Health,
  ServerReflection,
  AlphaReflection,
];

/** Every rpc that the port serves, but for the health watch, which does not end. */
export const rpcs: readonly DescMethod[] = services
  .flatMap(({ methods }) => methods)
  .filter(({ methodKind }) => methodKind !== "server_streaming");

export function pathOfRpc({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

/** What requests are about: things that are there, so that they pass as far as they can. */
export interface Subject {
  readonly projectId: string;
  readonly apiKeyId: string;
  readonly key: string;
  /** A portal token of the key's owner, and a code that was not used. */
  readonly token: string;
  readonly code: string;
  readonly userId: string;
  readonly webhookId: string;
  readonly eventId: string;
}

/** Whose the keys of subjects are. */
export const subjectOwner = "alice";

export async function newSubject(
  altalune: Pick<TestInstance, "clients">,
  settings: { readonly name?: string; readonly maxKeysPerOwner?: number; readonly allowNeverExpires?: boolean } = {},
): Promise<Subject> {
  const { clients } = altalune;
  const projectId = await newProject(clients, { ownerAccess: { ownerScopes: ["orders:*"] }, ...settings });
  const { id, value } = await newApiKey(clients, projectId, {
    name: "key",
    withSigningSecret: true,
    ownerId: subjectOwner,
  });
  const opened = await newPortalCode(altalune, projectId, subjectOwner);
  const { token } = await clients.portal.exchangePortalCode({ code: opened });
  const code = await newPortalCode(altalune, projectId, subjectOwner);
  const userId = await newUser(
    clients,
    settings.name === undefined ? {} : { email: `${settings.name.replaceAll(" ", "-")}@example.com` },
  );
  const { webhookId, eventId } = await newWebhook(clients, projectId);
  return { projectId, apiKeyId: id, key: value, token, code, userId, webhookId, eventId };
}

/** What a call of an rpc needs in its header `Authorization`: a root key, or the owner's token. */
export function authorizationOf(rpc: DescMethod, { token }: Pick<Subject, "token">, rootKey: string): string {
  return `Bearer ${rpc.parent.name === MyApiKeyService.name ? token : rootKey}`;
}

/** A request that the rpc takes, in JSON. */
export function validRequest({ name }: DescMethod, subject: Subject): JsonObject {
  const { projectId, apiKeyId, key, code, userId, webhookId, eventId } = subject;
  const both = { projectId, apiKeyId };
  const query = { filters: { name: { values: ["a name"] } }, sorting: { field: "name" }, keyword: "a" };
  switch (name) {
    case "CreateProject":
      return { name: uniqueName("project") };
    case "UpdateProject":
      return { projectId, defaultScopes: ["orders:read"] };
    case "CreateApiKey":
      return { projectId, name: uniqueName("key"), expiration: tomorrow() };
    case "UpdateApiKey":
      return { ...both, scopes: ["orders:read"] };
    case "RevokeApiKey":
      return { ...both, reason: "REVOCATION_REASON_SUPERSEDED" };
    case "QueryApiKeys":
      return { projectId, query };
    case "FindApiKeys":
      return { apiKeyId };
    case "QueryProjects":
    case "QueryMyApiKeys":
      return { query };
    case "CreatePortalSession":
      return { projectId, ownerId: subjectOwner, permissions: ["PORTAL_PERMISSION_READ"] };
    case "ExchangePortalCode":
      return { code };
    case "EndPortalSessions":
      return { projectId, ownerId: "nobody" };
    case "CreateMyApiKey":
      return { name: uniqueName("key"), expiration: tomorrow() };
    case "GetMyApiKey":
    case "RotateMyApiKey":
    case "ClaimMyRotatedKey":
    case "RevokeMyApiKey":
      return { apiKeyId };
    case "RenameMyApiKey":
      return { apiKeyId, name: "another name" };
    case "GetMyUsage":
      return { startTime: "2026-01-01T00:00:00Z", endTime: "2026-01-02T00:00:00Z" };
    case "QueryTiers":
      return { query: { keyword: "a" } };
    case "UpsertTier":
      return { tier: { name: "gold", rateLimits: { perDay: 5 } } };
    case "DeleteTier":
      return { name: "gold" };
    case "VerifyApiKey":
    case "ReportExposedKey":
      return { key };
    case "BatchVerifyApiKeys":
      return { requests: [{ key }] };
    case "VerifySignedRequest": {
      const bytes = Buffer.alloc(32).toString("base64");
      const signed = { nonce: "12345678", method: "GET", path: "/", bodySha256: bytes, signature: bytes };
      return { ...both, ...signed, timestamp: new Date().toISOString() };
    }
    case "GetUsage":
      return { projectId, startTime: "2026-01-01T00:00:00Z", endTime: "2026-01-02T00:00:00Z", topKeys: 5 };
    case "GetApiKeyUsageBySource":
      return { ...both, startTime: "2026-01-01T00:00:00Z", endTime: "2026-01-02T00:00:00Z" };
    case "QueryAuditEvents":
      return { projectId, query: { filters: { action: { values: ["api_key.created"] } } } };
    case "GetProject":
    case "DeleteProject":
    case "VerifyAuditTrail":
      return { projectId };
    case "QueryUsers":
      return { query: { keyword: "a" } };
    case "InviteUser":
      return { email: `${uniqueName("person").replace(" ", "-")}@example.com`, role: "USER_ROLE_VIEWER" };
    case "UpdateUser":
      return { userId, displayName: uniqueName("person") };
    case "GetUser":
    case "DeleteUser":
    case "RevokeUserSessions":
      return { userId };
    case "CreateWebhook":
      return { projectId, url: nowhere, eventTypes: ["api_key.revoked"], description: "a webhook" };
    case "QueryWebhooks":
      return { projectId, query: { keyword: "a" } };
    case "UpdateWebhook":
      return { projectId, webhookId, description: "another" };
    case "GetWebhook":
    case "DeleteWebhook":
    case "RotateWebhookSecret":
    case "SendTestEvent":
    case "QueryDeliveries":
      return { projectId, webhookId };
    case "RedeliverEvent":
      return { projectId, webhookId, eventId };
    case "Check":
    case "ServerReflectionInfo":
      return {};
    default:
      return both;
  }
}

function tomorrow(): string {
  return new Date(Date.now() + dayMs).toISOString();
}
