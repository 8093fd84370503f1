import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { ApiKeyService } from "../../../gen/altalune/v1/api_key_pb.js";
import { AuditService } from "../../../gen/altalune/v1/audit_pb.js";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { TierService } from "../../../gen/altalune/v1/tier_pb.js";
import { UsageService } from "../../../gen/altalune/v1/usage_pb.js";
import { VerificationService } from "../../../gen/altalune/v1/verification_pb.js";
import type { RootKeyScope } from "../../domain/root_key/model.js";

/** What an rpc asks of a root key. */
export interface Requirement {
  readonly scope: RootKeyScope;
  /** Whether the key must have no project list, since the rpc is about more than single projects. */
  readonly everyProject?: true;
}

/** A requirement for each rpc of a service: one that is forgotten does not compile. */
type Requirements<S extends DescService> = Readonly<Record<keyof S["method"], Requirement>>;

const projects: Requirements<typeof ProjectService> = {
  createProject: { scope: "projects:write", everyProject: true },
  getProject: { scope: "projects:read" },
  queryProjects: { scope: "projects:read" },
  updateProject: { scope: "projects:write" },
  deleteProject: { scope: "projects:write" },
};

const apiKeys: Requirements<typeof ApiKeyService> = {
  queryApiKeys: { scope: "api_keys:read" },
  createApiKey: { scope: "api_keys:write" },
  getApiKey: { scope: "api_keys:read" },
  updateApiKey: { scope: "api_keys:write" },
  deleteApiKey: { scope: "api_keys:write" },
  activateApiKey: { scope: "api_keys:write" },
  deactivateApiKey: { scope: "api_keys:write" },
  revokeApiKey: { scope: "api_keys:write" },
  rotateApiKey: { scope: "api_keys:write" },
  rotateSigningSecret: { scope: "api_keys:write" },
};

const verification: Requirements<typeof VerificationService> = {
  verifyApiKey: { scope: "api_keys:verify" },
  batchVerifyApiKeys: { scope: "api_keys:verify" },
  verifySignedRequest: { scope: "api_keys:verify" },
};

const tiers: Requirements<typeof TierService> = {
  queryTiers: { scope: "tiers:read" },
  upsertTier: { scope: "tiers:write", everyProject: true },
  deleteTier: { scope: "tiers:write", everyProject: true },
};

const usage: Requirements<typeof UsageService> = {
  getUsage: { scope: "usage:read" },
};

const audit: Requirements<typeof AuditService> = {
  queryAuditEvents: { scope: "audit:read" },
  verifyAuditTrail: { scope: "audit:read" },
};

const byService = new Map<string, Readonly<Record<string, Requirement>>>([
  [ProjectService.typeName, projects],
  [ApiKeyService.typeName, apiKeys],
  [VerificationService.typeName, verification],
  [TierService.typeName, tiers],
  [UsageService.typeName, usage],
  [AuditService.typeName, audit],
]);

/** What the rpc asks of a root key; undefined: the rpc is not opened to anybody. */
export function requirementOf(method: DescMethod): Requirement | undefined {
  return byService.get(method.parent.typeName)?.[method.localName];
}
