import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { CallOptions } from "@connectrpc/connect";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { PortalPermission } from "../../../gen/altalune/v1/portal_pb.js";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { dayMs, fromNow, uniqueName } from "../../support/fixtures.js";
import type { Clients, TestInstance } from "../../support/instance.js";
import { letRotate } from "../../support/rotation.js";
import { nowhere } from "../../support/webhooks.js";

/** The project and key that a mutation changes. */
export interface Subject {
  readonly projectId: string;
  readonly apiKeyId: string;
  /** An owner, with a key of theirs and a code that was not used. */
  readonly own: {
    readonly ownerId: string;
    readonly apiKeyId: string;
    readonly code: string;
    readonly myApiKeys: Clients["myApiKeys"];
  };
  /** The value of a key that is reported as exposed. */
  readonly exposedKey: string;
  /** Undefined: where no user is changed. */
  readonly userId?: string;
  readonly webhookId?: string;
  readonly eventId?: string;
}

export interface Mutation {
  /** The event that it must leave. */
  readonly action: string;
  /** Whether it is the owner's doing, and not a root key's. */
  readonly byOwner?: true;
  /** What must have been before, and leaves events of its own. */
  prepare?(instance: TestInstance, subject: Subject): Promise<void>;
  /** @returns the public id of what it changed */
  run(clients: Clients, subject: Subject, options: CallOptions): Promise<string>;
}

/** Every rpc that changes something, by its name, in an order in which one subject bears them all. */
export const mutations: Readonly<Record<string, Mutation>> = {
  CreateProject: {
    action: "project.created",
    run: async ({ projects }, _subject, options) =>
      (await projects.createProject({ name: uniqueName("project") }, options)).project?.id ?? "",
  },
  UpdateProject: {
    action: "project.updated",
    run: async ({ projects }, { projectId }, options) => {
      await projects.updateProject({ projectId, name: uniqueName("project") }, options);
      return projectId;
    },
  },
  CreateApiKey: {
    action: "api_key.created",
    run: async ({ apiKeys }, { projectId }, options) => {
      const request = { projectId, name: uniqueName("key"), expiration: fromNow(dayMs) };
      return (await apiKeys.createApiKey(request, options)).apiKey?.id ?? "";
    },
  },
  ReportExposedKey: {
    action: "api_key.exposed",
    run: async ({ exposures }, { exposedKey }, options) =>
      (await exposures.reportExposedKey({ key: exposedKey, source: "a test" }, options)).apiKeyId,
  },
  UpdateApiKey: {
    action: "api_key.updated",
    run: async ({ apiKeys }, subject, options) => {
      await apiKeys.updateApiKey({ ...subject, name: uniqueName("key"), scopes: ["orders:read"] }, options);
      return subject.apiKeyId;
    },
  },
  DeactivateApiKey: {
    action: "api_key.deactivated",
    run: async ({ apiKeys }, subject, options) => {
      await apiKeys.deactivateApiKey(subject, options);
      return subject.apiKeyId;
    },
  },
  ActivateApiKey: {
    action: "api_key.activated",
    run: async ({ apiKeys }, subject, options) => {
      await apiKeys.activateApiKey(subject, options);
      return subject.apiKeyId;
    },
  },
  ClaimRotatedKey: {
    action: "api_key.claimed",
    prepare: (instance, { apiKeyId }) => letRotate(instance, apiKeyId),
    run: async ({ apiKeys }, subject, options) => {
      await apiKeys.claimRotatedKey(subject, options);
      return subject.apiKeyId;
    },
  },
  RotateApiKey: {
    action: "api_key.rotated",
    run: async ({ apiKeys }, subject, options) => {
      await apiKeys.rotateApiKey({ ...subject, gracePeriod: durationFromMs(60_000) }, options);
      return subject.apiKeyId;
    },
  },
  RotateSigningSecret: {
    action: "signing_secret.rotated",
    run: async ({ apiKeys }, subject, options) => {
      await apiKeys.rotateSigningSecret({ ...subject, gracePeriod: durationFromMs(60_000) }, options);
      return subject.apiKeyId;
    },
  },
  CreateMyApiKey: {
    action: "api_key.created",
    byOwner: true,
    run: async (_clients, { own }, options) =>
      (await own.myApiKeys.createMyApiKey({ name: uniqueName("own") }, options)).apiKey?.id ?? "",
  },
  RenameMyApiKey: {
    action: "api_key.updated",
    byOwner: true,
    run: async (_clients, { own }, options) => {
      const { apiKeyId } = own;
      await own.myApiKeys.renameMyApiKey({ apiKeyId, name: uniqueName("own") }, options);
      return apiKeyId;
    },
  },
  RotateMyApiKey: {
    action: "api_key.rotated",
    byOwner: true,
    run: async (_clients, { own }, options) => {
      await own.myApiKeys.rotateMyApiKey({ apiKeyId: own.apiKeyId }, options);
      return own.apiKeyId;
    },
  },
  ClaimMyRotatedKey: {
    action: "api_key.claimed",
    byOwner: true,
    prepare: (instance, { own }) => letRotate(instance, own.apiKeyId),
    run: async (_clients, { own }, options) => {
      await own.myApiKeys.claimMyRotatedKey({ apiKeyId: own.apiKeyId }, options);
      return own.apiKeyId;
    },
  },
  RevokeMyApiKey: {
    action: "api_key.revoked",
    byOwner: true,
    run: async (_clients, { own }, options) => {
      await own.myApiKeys.revokeMyApiKey({ apiKeyId: own.apiKeyId }, options);
      return own.apiKeyId;
    },
  },
  CreatePortalSession: {
    action: "portal_session.created",
    run: async ({ portal }, { projectId, own: { ownerId } }, options) => {
      await portal.createPortalSession({ projectId, ownerId, permissions: [PortalPermission.READ] }, options);
      return ownerId;
    },
  },
  ExchangePortalCode: {
    action: "portal_session.opened",
    byOwner: true,
    run: async ({ portal }, { own: { ownerId, code } }, options) => {
      await portal.exchangePortalCode({ code }, options);
      return ownerId;
    },
  },
  EndPortalSessions: {
    action: "portal_session.ended",
    run: async ({ portal }, { projectId, own: { ownerId } }, options) => {
      await portal.endPortalSessions({ projectId, ownerId }, options);
      return ownerId;
    },
  },
  CreateWebhook: {
    action: "webhook.created",
    run: async ({ webhooks }, { projectId }, options) =>
      (await webhooks.createWebhook({ projectId, url: nowhere }, options)).webhook?.id ?? "",
  },
  UpdateWebhook: {
    action: "webhook.updated",
    run: async ({ webhooks }, { projectId, webhookId = "" }, options) => {
      await webhooks.updateWebhook({ projectId, webhookId, description: "audited" }, options);
      return webhookId;
    },
  },
  RotateWebhookSecret: {
    action: "webhook.secret_rotated",
    run: async ({ webhooks }, { projectId, webhookId = "" }, options) => {
      await webhooks.rotateWebhookSecret({ projectId, webhookId }, options);
      return webhookId;
    },
  },
  SendTestEvent: {
    action: "webhook.tested",
    run: async ({ webhooks }, { projectId, webhookId = "" }, options) => {
      await webhooks.sendTestEvent({ projectId, webhookId }, options);
      return webhookId;
    },
  },
  RedeliverEvent: {
    action: "webhook.redelivered",
    run: async ({ webhooks }, { projectId, webhookId = "", eventId = "" }, options) => {
      await webhooks.redeliverEvent({ projectId, webhookId, eventId }, options);
      return webhookId;
    },
  },
  DeleteWebhook: {
    action: "webhook.deleted",
    run: async ({ webhooks }, { projectId, webhookId = "" }, options) => {
      await webhooks.deleteWebhook({ projectId, webhookId }, options);
      return webhookId;
    },
  },
  RevokeApiKey: {
    action: "api_key.revoked",
    run: async ({ apiKeys }, subject, options) => {
      const reason = RevocationReason.OWNER_LEFT;
      await apiKeys.revokeApiKey({ ...subject, reason, comment: "left in May" }, options);
      return subject.apiKeyId;
    },
  },
  DeleteApiKey: {
    action: "api_key.deleted",
    run: async ({ apiKeys }, subject, options) => {
      await apiKeys.deleteApiKey(subject, options);
      return subject.apiKeyId;
    },
  },
  DeleteProject: {
    action: "project.deleted",
    run: async ({ projects }, { projectId }, options) => {
      await projects.deleteProject({ projectId }, options);
      return projectId;
    },
  },
  UpsertTier: {
    action: "tier.upserted",
    run: async ({ tiers }, _subject, options) => {
      await tiers.upsertTier({ tier: { name: "audited", rateLimits: { perDay: 5 } } }, options);
      return "audited";
    },
  },
  DeleteTier: {
    action: "tier.deleted",
    run: async ({ tiers }, _subject, options) => {
      await tiers.deleteTier({ name: "audited" }, options);
      return "audited";
    },
  },
  InviteUser: {
    action: "user.created",
    run: async ({ users }, _subject, options) => {
      const { user } = await users.inviteUser({ email: "audited@example.com", role: UserRole.VIEWER }, options);
      return user?.id ?? "";
    },
  },
  UpdateUser: {
    action: "user.updated",
    run: async ({ users }, { userId = "" }, options) => {
      await users.updateUser({ userId, displayName: uniqueName("person") }, options);
      return userId;
    },
  },
  RevokeUserSessions: {
    action: "user.sessions_revoked",
    run: async ({ users }, { userId = "" }, options) => {
      await users.revokeUserSessions({ userId }, options);
      return userId;
    },
  },
  DeleteUser: {
    action: "user.deleted",
    run: async ({ users }, { userId = "" }, options) => {
      await users.deleteUser({ userId }, options);
      return userId;
    },
  },
};
