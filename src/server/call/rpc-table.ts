import type { DescMethod, DescService, Message, MessageShape } from "@bufbuild/protobuf";
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
import type { OwnerPermission, PrincipalKind } from "../../domain/principal/model.js";
import type { RootKeyScope } from "../../domain/root_key/model.js";
import { tierReading } from "../../domain/tier/model.js";
import { userReading, userWriting } from "../../domain/user/model.js";

/**
 * What a call does to the database: a report reads as much as there is and may take seconds; a walk does, and hashes all that it reads; a change writes, or reads single
 * rows; a creation shares its transaction with others; a verification is mostly answered from memory, and has a share of the
 * connections to itself.
 */
export type LoadClass = "report" | "walk" | "change" | "creation" | "verification";

interface AnyRule {
  readonly load: LoadClass;
  /** Whether it is about many things at once, so that its requests may be larger. */
  readonly batch?: true;
  /** Whether a client may send it again when no answer came: it changes nothing, or the same twice, or once if it is named. */
  readonly mayRetry: boolean | "with request_id";
}

/** Open to whoever runs Altalune, root keys and users, who have the scope. */
interface OfOperators<Scope extends RootKeyScope> {
  readonly scope: Scope;
  /** Whether the caller must have no project list, since the rpc is about more than single projects. */
  readonly everyProject?: true;
  readonly permission?: undefined;
  readonly open?: undefined;
  readonly tellsMore?: undefined;
}

/** Open to owners of keys who have the permission, for what is their own. */
interface OfOwners {
  readonly permission: OwnerPermission;
  readonly scope?: undefined;
  readonly everyProject?: undefined;
  readonly open?: undefined;
  readonly tellsMore?: undefined;
}

/** Open to everybody: what the request holds is the credential. */
interface OfAnybody {
  readonly open: true;
  /** With which scope operators who come with a credential are told more, and they alone may; undefined: no credential is looked at. */
  readonly tellsMore?: ChangingScope;
  readonly scope?: undefined;
  readonly everyProject?: undefined;
  readonly permission?: undefined;
}

interface Changing<M extends DescMethod> extends AnyRule {
  /** What the change is about, as the log names it: by its request, and once there is one by its response. */
  resource(request: MessageShape<M["input"]>, response?: MessageShape<M["output"]>): Resource;
}

type ChangingScope = Extract<RootKeyScope, `${string}:write`>;

type ReadingRule = AnyRule & { readonly resource?: undefined } & (
    | OfOperators<Exclude<RootKeyScope, ChangingScope>>
    | OfOwners
  );

type ChangingRule<M extends DescMethod> = Changing<M> & (OfOperators<ChangingScope> | OfOwners | OfAnybody);

/** Names by which the log speaks of a thing; what is unset or empty is left out. */
export interface Resource {
  readonly project_id?: string | undefined;
  readonly api_key_id?: string | undefined;
  readonly tier?: string | undefined;
  readonly user_id?: string | undefined;
  readonly webhook_id?: string | undefined;
}

/**
 * What the server must know of an rpc beside its proto. Every rpc that stands here counts for a drain, which waits for it; the
 * open services, health and reflection, do not stand here.
 */
export type RpcRule<M extends DescMethod = DescMethod> = ReadingRule | ChangingRule<M>;

/** A rule for each rpc of a service: one that is forgotten does not compile. */
type RpcRules<S extends DescService> = { readonly [Name in keyof S["method"]]: RpcRule<S["method"][Name]> };

const ofProject = ({ projectId }: { readonly projectId: string }): Resource => ({ project_id: projectId });

const ofApiKey = (named: { readonly projectId: string; readonly apiKeyId: string }): Resource => ({
  project_id: named.projectId,
  api_key_id: named.apiKeyId,
});

const projects: RpcRules<typeof ProjectService> = {
  createProject: {
    scope: "projects:write",
    everyProject: true,
    load: "change",
    mayRetry: "with request_id",
    resource: (_request, response) => ({ project_id: response?.project?.id }),
  },
  getProject: { scope: "projects:read", load: "change", mayRetry: true },
  queryProjects: { scope: "projects:read", load: "report", mayRetry: true },
  updateProject: { scope: "projects:write", load: "change", mayRetry: true, resource: ofProject },
  deleteProject: { scope: "projects:write", load: "change", mayRetry: true, resource: ofProject },
};

const apiKeys: RpcRules<typeof ApiKeyService> = {
  queryApiKeys: { scope: "api_keys:read", load: "report", mayRetry: true },
  createApiKey: {
    scope: "api_keys:write",
    load: "creation",
    mayRetry: "with request_id",
    resource: (request, response) => ({ project_id: request.projectId, api_key_id: response?.apiKey?.id }),
  },
  findApiKeys: { scope: "api_keys:read", load: "report", mayRetry: true },
  getApiKey: { scope: "api_keys:read", load: "change", mayRetry: true },
  getRateLimits: { scope: "api_keys:read", load: "change", mayRetry: true },
  updateApiKey: { scope: "api_keys:write", load: "change", mayRetry: true, resource: ofApiKey },
  deleteApiKey: { scope: "api_keys:write", load: "change", mayRetry: true, resource: ofApiKey },
  activateApiKey: { scope: "api_keys:write", load: "change", mayRetry: true, resource: ofApiKey },
  deactivateApiKey: { scope: "api_keys:write", load: "change", mayRetry: true, resource: ofApiKey },
  revokeApiKey: { scope: "api_keys:write", load: "change", mayRetry: true, resource: ofApiKey },
  rotateApiKey: { scope: "api_keys:write", load: "change", mayRetry: "with request_id", resource: ofApiKey },
  claimRotatedKey: { scope: "api_keys:write", load: "change", mayRetry: true, resource: ofApiKey },
  rotateSigningSecret: { scope: "api_keys:write", load: "change", mayRetry: "with request_id", resource: ofApiKey },
};

const verification: RpcRules<typeof VerificationService> = {
  verifyApiKey: { scope: "api_keys:verify", load: "verification", mayRetry: false },
  batchVerifyApiKeys: { scope: "api_keys:verify", load: "verification", batch: true, mayRetry: false },
  verifySignedRequest: { scope: "api_keys:verify", load: "verification", mayRetry: false },
};

const ofWebhook = (named: { readonly projectId: string; readonly webhookId: string }): Resource => ({
  project_id: named.projectId,
  webhook_id: named.webhookId,
});

const webhooks: RpcRules<typeof WebhookService> = {
  createWebhook: {
    scope: "webhooks:write",
    load: "change",
    mayRetry: "with request_id",
    resource: (request, response) => ({ project_id: request.projectId, webhook_id: response?.webhook?.id }),
  },
  queryWebhooks: { scope: "webhooks:read", load: "report", mayRetry: true },
  getWebhook: { scope: "webhooks:read", load: "change", mayRetry: true },
  updateWebhook: { scope: "webhooks:write", load: "change", mayRetry: true, resource: ofWebhook },
  deleteWebhook: { scope: "webhooks:write", load: "change", mayRetry: true, resource: ofWebhook },
  rotateWebhookSecret: { scope: "webhooks:write", load: "change", mayRetry: false, resource: ofWebhook },
  sendTestEvent: { scope: "webhooks:write", load: "change", mayRetry: false, resource: ofWebhook },
  queryDeliveries: { scope: "webhooks:read", load: "report", mayRetry: true },
  redeliverEvent: { scope: "webhooks:write", load: "change", mayRetry: true, resource: ofWebhook },
};

const tiers: RpcRules<typeof TierService> = {
  queryTiers: { scope: tierReading, load: "report", mayRetry: true },
  upsertTier: {
    scope: "tiers:write",
    everyProject: true,
    load: "change",
    mayRetry: true,
    resource: ({ tier }) => ({ tier: tier?.name }),
  },
  deleteTier: {
    scope: "tiers:write",
    everyProject: true,
    load: "change",
    mayRetry: true,
    resource: ({ name }) => ({ tier: name }),
  },
};

const usage: RpcRules<typeof UsageService> = {
  getUsage: { scope: "usage:read", load: "report", mayRetry: true },
  getApiKeyUsageBySource: { scope: "usage:read", load: "report", mayRetry: true },
};

const audit: RpcRules<typeof AuditService> = {
  queryAuditEvents: { scope: "audit:read", load: "report", mayRetry: true },
  verifyAuditTrail: { scope: "audit:read", load: "walk", mayRetry: true },
};

const portal: RpcRules<typeof PortalService> = {
  createPortalSession: { scope: "portal:write", load: "change", mayRetry: false, resource: ofProject },
  exchangePortalCode: { open: true, load: "change", mayRetry: false, resource: () => ({}) },
  endPortalSessions: { scope: "portal:write", load: "change", mayRetry: true, resource: ofProject },
};

const exposures: RpcRules<typeof ExposureService> = {
  reportExposedKey: {
    open: true,
    tellsMore: "api_keys:write",
    load: "change",
    mayRetry: true,
    resource: (_request, response) => ({ project_id: response?.projectId, api_key_id: response?.apiKeyId }),
  },
};

const ofOwnKey = ({ apiKeyId }: { readonly apiKeyId: string }): Resource => ({ api_key_id: apiKeyId });

const myApiKeys: RpcRules<typeof MyApiKeyService> = {
  queryMyApiKeys: { permission: "read", load: "report", mayRetry: true },
  createMyApiKey: {
    permission: "create",
    load: "creation",
    mayRetry: "with request_id",
    resource: (_request, response) => ({ project_id: response?.apiKey?.projectId, api_key_id: response?.apiKey?.id }),
  },
  getMyApiKey: { permission: "read", load: "change", mayRetry: true },
  renameMyApiKey: { permission: "create", load: "change", mayRetry: true, resource: ofOwnKey },
  rotateMyApiKey: { permission: "rotate", load: "change", mayRetry: "with request_id", resource: ofOwnKey },
  claimMyRotatedKey: { permission: "rotate", load: "change", mayRetry: true, resource: ofOwnKey },
  revokeMyApiKey: { permission: "revoke", load: "change", mayRetry: true, resource: ofOwnKey },
  getMyUsage: { permission: "usage", load: "report", mayRetry: true },
};

const ofUser = ({ userId }: { readonly userId: string }): Resource => ({ user_id: userId });

/** Users are the instance's own. */
const users: RpcRules<typeof UserService> = {
  queryUsers: { scope: userReading, everyProject: true, load: "report", mayRetry: true },
  inviteUser: {
    scope: userWriting,
    everyProject: true,
    load: "change",
    mayRetry: true,
    resource: (_request, response) => ({ user_id: response?.user?.id }),
  },
  getUser: { scope: userReading, everyProject: true, load: "change", mayRetry: true },
  updateUser: { scope: userWriting, everyProject: true, load: "change", mayRetry: true, resource: ofUser },
  deleteUser: { scope: userWriting, everyProject: true, load: "change", mayRetry: true, resource: ofUser },
  revokeUserSessions: { scope: userWriting, everyProject: true, load: "change", mayRetry: true, resource: ofUser },
};

const rulesOfServices: readonly (readonly [DescService, Readonly<Record<string, RpcRule>>])[] = [
  [ProjectService, projects],
  [ApiKeyService, apiKeys],
  [VerificationService, verification],
  [TierService, tiers],
  [WebhookService, webhooks],
  [UsageService, usage],
  [AuditService, audit],
  [PortalService, portal],
  [ExposureService, exposures],
  [MyApiKeyService, myApiKeys],
  [UserService, users],
];

const byService = new Map(rulesOfServices.map(([{ typeName }, rules]) => [typeName, rules]));

/** What the rpcs that are opened to anybody take. */
export const requestMessages = rulesOfServices.flatMap(([{ methods }]) => methods.map(({ input }) => input));

/** Undefined: the rpc is not opened to anybody. */
export function rpcRule(method: DescMethod): RpcRule | undefined {
  return byService.get(method.parent.typeName)?.[method.localName];
}

/** Which kinds of callers an rpc takes, whatever they may do there. */
export function kindsOf(rule: RpcRule): readonly PrincipalKind[] {
  if (rule.open === true) {
    return rule.tellsMore === undefined ? [...operators, ...owners] : operators;
  }
  return rule.permission === undefined ? operators : owners;
}

const operators: readonly PrincipalKind[] = ["root_key", "user"];
const owners: readonly PrincipalKind[] = ["owner"];

/** Whether an rpc takes callers of this kind. */
export function takes(method: DescMethod, kind: PrincipalKind): boolean {
  const rule = rpcRule(method);
  return rule !== undefined && kindsOf(rule).includes(kind);
}

/** Whether an rpc makes a change. */
export function isChange(method: DescMethod): boolean {
  return changeRule(method) !== undefined;
}

/** What a change is about, as the log names it; undefined: the rpc changes nothing. */
export function changedBy(method: DescMethod, request: Message, response?: Message): Resource | undefined {
  return changeRule(method)?.resource(request, response);
}

function changeRule(method: DescMethod): ChangingRule<DescMethod> | undefined {
  const rule = rpcRule(method);
  return rule?.resource === undefined ? undefined : rule;
}
