import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import {
  ActivateApiKeyResponseSchema,
  type ApiKeyService as ApiKeyServiceDescriptor,
  ClaimRotatedKeyResponseSchema,
  CreateApiKeyRequestSchema,
  CreateApiKeyResponseSchema,
  DeactivateApiKeyResponseSchema,
  DeleteApiKeyResponseSchema,
  FindApiKeysResponseSchema,
  GetApiKeyResponseSchema,
  GetRateLimitsResponseSchema,
  QueryApiKeysResponseSchema,
  RevokeApiKeyResponseSchema,
  RotateApiKeyRequestSchema,
  RotateApiKeyResponseSchema,
  RotateSigningSecretRequestSchema,
  RotateSigningSecretResponseSchema,
  UpdateApiKeyResponseSchema,
} from "../../../gen/altalune/v1/api_key_pb.js";
import { mapInTurns } from "../../platform/event-loop.js";
import { callerOf } from "../caller-context.js";
import { listingQueryFromProto, metaToProto } from "../listing/mapper.js";
import type { Project } from "../project/model.js";
import type { ProjectService } from "../project/service.js";
import {
  limitStateToProto,
  namedRequestOf,
  optionalDate,
  optionalTimestamp,
  propagationToProto,
} from "../proto-values.js";
import type { TierService } from "../tier/service.js";
import { statusNames } from "./listing-filters.js";
import {
  apiKeyToProto,
  changesFromProto,
  claimedMessage,
  graceFromProto,
  lookupFromProto,
  reasonFromProto,
  requestFromProto,
} from "./mapper.js";
import type { ApiKeyService, ChangedApiKey } from "./service.js";

/** What a request alone can tell is wrong is told before the project is looked for. */
export function apiKeyHandler(
  apiKeys: ApiKeyService,
  projects: ProjectService,
  tiers: TierService,
): ServiceImpl<typeof ApiKeyServiceDescriptor> {
  const reach = (request: { readonly projectId: string }, context: HandlerContext) =>
    projects.reach(callerOf(context), request.projectId);

  return {
    async queryApiKeys(request, context) {
      const listing = apiKeys.listing(request.projectId, listingQueryFromProto(request.query));
      const project = await reach(request, context);
      const page = await apiKeys.query(project, listing);
      const caller = callerOf(context);
      const tier = await tiers.namesFor(caller);
      return create(QueryApiKeysResponseSchema, {
        data: await mapInTurns(page.rows, caller.actor, (apiKey) => apiKeyToProto(apiKey, project.publicId)),
        meta: metaToProto(page, { status: statusNames, ...(tier && { tier }) }),
      });
    },

    async createApiKey(request, context) {
      const wanted = requestFromProto(request);
      const project = await reach(request, context);
      const named = namedRequestOf(CreateApiKeyRequestSchema, request);
      const { apiKey, keyValue, signingSecret } = await apiKeys.create(callerOf(context), project, wanted, named);
      return create(CreateApiKeyResponseSchema, {
        apiKey: apiKeyToProto(apiKey, project.publicId),
        keyValue,
        signingSecret: signingSecret ?? "",
        message:
          keyValue === ""
            ? "key created by the first call with this request_id, whose answer had its value; if that never came, rotate the key"
            : "key created; store its value now, it is not shown again",
      });
    },

    async findApiKeys(request, context) {
      const found = await apiKeys.find(callerOf(context), lookupFromProto(request));
      return create(FindApiKeysResponseSchema, {
        data: found.map(({ apiKey, projectPublicId }) => apiKeyToProto(apiKey, projectPublicId)),
      });
    },

    async getApiKey(request, context) {
      const project = await reach(request, context);
      const apiKey = await apiKeys.get(project, request.apiKeyId);
      return create(GetApiKeyResponseSchema, { apiKey: apiKeyToProto(apiKey, project.publicId) });
    },

    async getRateLimits(request, context) {
      const project = await reach(request, context);
      const states = await apiKeys.limitStates(callerOf(context), project, request.apiKeyId);
      return create(GetRateLimitsResponseSchema, { rateLimits: states.map(limitStateToProto) });
    },

    async updateApiKey(request, context) {
      const changes = changesFromProto(request);
      const project = await reach(request, context);
      const changed = await apiKeys.update(callerOf(context), project, request.apiKeyId, changes, request.etag);
      return create(UpdateApiKeyResponseSchema, { ...changedToProto(changed, project), message: "key updated" });
    },

    async deleteApiKey(request, context) {
      const project = await reach(request, context);
      const propagation = await apiKeys.delete(callerOf(context), project, request.apiKeyId, request.etag);
      return create(DeleteApiKeyResponseSchema, {
        message: "key deleted; its name is free",
        propagation: propagationToProto(propagation),
      });
    },

    async activateApiKey(request, context) {
      const project = await reach(request, context);
      const changed = await apiKeys.setActive(callerOf(context), project, request.apiKeyId, true);
      return create(ActivateApiKeyResponseSchema, { ...changedToProto(changed, project), message: "key is on" });
    },

    async deactivateApiKey(request, context) {
      const project = await reach(request, context);
      const changed = await apiKeys.setActive(callerOf(context), project, request.apiKeyId, false);
      return create(DeactivateApiKeyResponseSchema, { ...changedToProto(changed, project), message: "key is off" });
    },

    async revokeApiKey(request, context) {
      const reason = reasonFromProto(request.reason);
      const project = await reach(request, context);
      const { apiKeyId, comment, etag } = request;
      const changed = await apiKeys.revoke(callerOf(context), project, apiKeyId, reason, comment, etag);
      return create(RevokeApiKeyResponseSchema, { ...changedToProto(changed, project), message: "key revoked" });
    },

    async rotateApiKey(request, context) {
      const project = await reach(request, context);
      const { keyValue, previousExpiresAt, ...changed } = await apiKeys.rotate(
        callerOf(context),
        project,
        request.apiKeyId,
        {
          graceMs: graceFromProto(request.gracePeriod),
          expiresAt: optionalDate(request.expiration),
          etag: request.etag,
          named: namedRequestOf(RotateApiKeyRequestSchema, request),
        },
      );
      return create(RotateApiKeyResponseSchema, {
        ...changedToProto(changed, project),
        keyValue,
        previousKeyExpiresAt: timestampFromDate(previousExpiresAt),
        message:
          keyValue === ""
            ? "key rotated by the first call with this request_id, whose answer had the new value; if that never came, rotate with another request_id"
            : "key rotated; store its new value now, it is not shown again",
      });
    },

    async claimRotatedKey(request, context) {
      const project = await reach(request, context);
      const claimed = await apiKeys.claimRotated(callerOf(context), project, request.apiKeyId);
      const { keyValue, previousExpiresAt, ...changed } = claimed;
      return create(ClaimRotatedKeyResponseSchema, {
        ...changedToProto(changed, project),
        keyValue,
        previousKeyExpiresAt: timestampFromDate(previousExpiresAt),
        message: claimedMessage,
      });
    },

    async rotateSigningSecret(request, context) {
      const project = await reach(request, context);
      const { signingSecret, previousExpiresAt, ...changed } = await apiKeys.rotateSigningSecret(
        callerOf(context),
        project,
        request.apiKeyId,
        graceFromProto(request.gracePeriod),
        namedRequestOf(RotateSigningSecretRequestSchema, request),
      );
      return create(RotateSigningSecretResponseSchema, {
        ...changedToProto(changed, project),
        signingSecret,
        previousSecretExpiresAt: optionalTimestamp(previousExpiresAt),
        message:
          signingSecret === ""
            ? "signing secret rotated by the first call with this request_id, whose answer had the new one; if that never came, rotate with another request_id"
            : "signing secret rotated; store it now, it is not shown again",
      });
    },
  };
}

function changedToProto({ apiKey, propagation }: ChangedApiKey, project: Project) {
  return { apiKey: apiKeyToProto(apiKey, project.publicId), propagation: propagationToProto(propagation) };
}
