import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { ApiKeyService } from "./gen/altalune/v1/api_key_pb.js";
import { AuditService } from "./gen/altalune/v1/audit_pb.js";
import { ExposureService } from "./gen/altalune/v1/exposure_pb.js";
import { MyApiKeyService } from "./gen/altalune/v1/my_api_key_pb.js";
import { PortalService } from "./gen/altalune/v1/portal_pb.js";
import { ProjectService } from "./gen/altalune/v1/project_pb.js";
import { TierService } from "./gen/altalune/v1/tier_pb.js";
import { UsageService } from "./gen/altalune/v1/usage_pb.js";
import { UserService } from "./gen/altalune/v1/user_pb.js";
import { VerificationService } from "./gen/altalune/v1/verification_pb.js";
import { WebhookService } from "./gen/altalune/v1/webhook_pb.js";

/** For each rpc of a service, whether it may be sent again when no answer came: one that is forgotten does not compile. */
type Retries<S extends DescService> = { readonly [Name in keyof S["method"]]: boolean };

/**
 * A test holds this equal to the server's table: what changes nothing, or the same twice, may be sent again. A creation or rotation
 * with a `requestId` is left to who made that: a second answer is without the secret that the first had.
 */
const projects: Retries<typeof ProjectService> = {
  createProject: false,
  getProject: true,
  queryProjects: true,
  updateProject: true,
  deleteProject: true,
};

const apiKeys: Retries<typeof ApiKeyService> = {
  queryApiKeys: true,
  createApiKey: false,
  findApiKeys: true,
  getApiKey: true,
  getRateLimits: true,
  updateApiKey: true,
  deleteApiKey: true,
  activateApiKey: true,
  deactivateApiKey: true,
  revokeApiKey: true,
  rotateApiKey: false,
  claimRotatedKey: true,
  rotateSigningSecret: false,
};

/** A second verification could spend a limit twice. */
const verification: Retries<typeof VerificationService> = {
  verifyApiKey: false,
  batchVerifyApiKeys: false,
  verifySignedRequest: false,
};

const tiers: Retries<typeof TierService> = { queryTiers: true, upsertTier: true, deleteTier: true };

const usage: Retries<typeof UsageService> = { getUsage: true, getApiKeyUsageBySource: true };

const audit: Retries<typeof AuditService> = { queryAuditEvents: true, verifyAuditTrail: true };

const portal: Retries<typeof PortalService> = {
  createPortalSession: false,
  exchangePortalCode: false,
  endPortalSessions: true,
};

const exposures: Retries<typeof ExposureService> = { reportExposedKey: true };

const myApiKeys: Retries<typeof MyApiKeyService> = {
  queryMyApiKeys: true,
  createMyApiKey: false,
  getMyApiKey: true,
  renameMyApiKey: true,
  rotateMyApiKey: false,
  claimMyRotatedKey: true,
  revokeMyApiKey: true,
  getMyUsage: true,
};

const users: Retries<typeof UserService> = {
  queryUsers: true,
  inviteUser: true,
  getUser: true,
  updateUser: true,
  deleteUser: true,
  revokeUserSessions: true,
};

const webhooks: Retries<typeof WebhookService> = {
  createWebhook: false,
  queryWebhooks: true,
  getWebhook: true,
  updateWebhook: true,
  deleteWebhook: true,
  rotateWebhookSecret: false,
  sendTestEvent: false,
  queryDeliveries: true,
  redeliverEvent: true,
};

const byService = new Map<string, Readonly<Record<string, boolean>>>([
  [ProjectService.typeName, projects],
  [ApiKeyService.typeName, apiKeys],
  [VerificationService.typeName, verification],
  [TierService.typeName, tiers],
  [UsageService.typeName, usage],
  [AuditService.typeName, audit],
  [PortalService.typeName, portal],
  [WebhookService.typeName, webhooks],
  [ExposureService.typeName, exposures],
  [MyApiKeyService.typeName, myApiKeys],
  [UserService.typeName, users],
]);

/** Whether a call may be sent again when no answer came. */
export function mayRetry(method: DescMethod): boolean {
  return byService.get(method.parent.typeName)?.[method.localName] === true;
}
