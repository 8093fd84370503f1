import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import {
  ClaimMyRotatedKeyResponseSchema,
  CreateMyApiKeyRequestSchema,
  CreateMyApiKeyResponseSchema,
  GetMyApiKeyResponseSchema,
  GetMyUsageResponseSchema,
  type MyApiKeyService as MyApiKeyServiceDescriptor,
  QueryMyApiKeysResponseSchema,
  RenameMyApiKeyResponseSchema,
  RevokeMyApiKeyResponseSchema,
  RotateMyApiKeyRequestSchema,
  RotateMyApiKeyResponseSchema,
} from "../../../gen/altalune/v1/my_api_key_pb.js";
import { statusNames } from "../api_key/listing-filters.js";
import { apiKeyToProto, claimedMessage, graceFromProto, reasonFromProto } from "../api_key/mapper.js";
import type { ApiKey } from "../api_key/model.js";
import type { ChangedApiKey } from "../api_key/service.js";
import { ownerOf, ownKeyNoteKey } from "../caller-context.js";
import { listingQueryFromProto, metaToProto } from "../listing/mapper.js";
import type { Project } from "../project/model.js";
import { namedRequestOf, optionalDate, propagationToProto } from "../proto-values.js";
import { bucketToProto, periodFromProto } from "../usage/mapper.js";
import { OthersApiKeyError } from "./others-api-key-error.js";
import type { MyApiKeyService } from "./service.js";

export function myApiKeyHandler(myApiKeys: MyApiKeyService): ServiceImpl<typeof MyApiKeyServiceDescriptor> {
  return {
    async queryMyApiKeys(request, context) {
      const owner = ownerOf(context);
      const page = await myApiKeys.query(owner, listingQueryFromProto(request.query));
      return create(QueryMyApiKeysResponseSchema, {
        data: page.rows.map((apiKey) => ownKeyToProto(apiKey, owner.project)),
        meta: metaToProto(page, { status: statusNames }),
      });
    },

    async createMyApiKey(request, context) {
      const owner = ownerOf(context);
      const { name, scopes, expiration } = request;
      const { apiKey, keyValue } = await myApiKeys.create(
        owner,
        { name, scopes, expiresAt: optionalDate(expiration) },
        namedRequestOf(CreateMyApiKeyRequestSchema, request),
      );
      return create(CreateMyApiKeyResponseSchema, {
        apiKey: ownKeyToProto(apiKey, owner.project),
        keyValue,
        message:
          keyValue === ""
            ? "key created by the first call with this request_id, whose answer had its value; if that never came, rotate the key"
            : "key created; store its value now, it is not shown again",
      });
    },

    async getMyApiKey(request, context) {
      const owner = ownerOf(context);
      const apiKey = await myApiKeys.get(owner, request.apiKeyId);
      return create(GetMyApiKeyResponseSchema, { apiKey: ownKeyToProto(apiKey, owner.project) });
    },

    async renameMyApiKey(request, context) {
      const owner = ownerOf(context);
      const changed = await myApiKeys.rename(owner, request.apiKeyId, request.name);
      return create(RenameMyApiKeyResponseSchema, {
        ...changedToProto(changed, owner.project),
        message: "key renamed",
      });
    },

    async rotateMyApiKey(request, context) {
      const owner = ownerOf(context);
      const { keyValue, previousExpiresAt, ...changed } = await myApiKeys.rotate(owner, request.apiKeyId, {
        graceMs: graceFromProto(request.gracePeriod),
        expiresAt: optionalDate(request.expiration),
        named: namedRequestOf(RotateMyApiKeyRequestSchema, request),
      });
      return create(RotateMyApiKeyResponseSchema, {
        ...changedToProto(changed, owner.project),
        keyValue,
        previousKeyExpiresAt: timestampFromDate(previousExpiresAt),
        message:
          keyValue === ""
            ? "key rotated by the first call with this request_id, whose answer had the new value; if that never came, rotate with another request_id"
            : "key rotated; store its new value now, it is not shown again",
      });
    },

    async claimMyRotatedKey(request, context) {
      const owner = ownerOf(context);
      const { keyValue, previousExpiresAt, ...changed } = await myApiKeys.claimRotated(owner, request.apiKeyId);
      return create(ClaimMyRotatedKeyResponseSchema, {
        ...changedToProto(changed, owner.project),
        keyValue,
        previousKeyExpiresAt: timestampFromDate(previousExpiresAt),
        message: claimedMessage,
      });
    },

    async revokeMyApiKey(request, context) {
      const owner = ownerOf(context);
      const reason = reasonFromProto(request.reason || RevocationReason.NO_LONGER_NEEDED);
      const revoking = myApiKeys.revoke(owner, request.apiKeyId, reason);
      const { revokedBefore, ...changed } = await revoking.catch((error: unknown) => {
        if (error instanceof OthersApiKeyError) {
          context.values.set(ownKeyNoteKey, "another owner's");
        }
        throw error;
      });
      if (revokedBefore) {
        context.values.set(ownKeyNoteKey, "revoked before");
      }
      return create(RevokeMyApiKeyResponseSchema, {
        ...changedToProto(changed, owner.project),
        message: "key revoked",
      });
    },

    async getMyUsage(request, context) {
      const period = periodFromProto(request);
      const buckets = await myApiKeys.usage(ownerOf(context), request.apiKeyId, period);
      return create(GetMyUsageResponseSchema, { buckets: buckets.map(bucketToProto) });
    },
  };
}

function changedToProto({ apiKey, propagation }: ChangedApiKey, project: Project) {
  return { apiKey: ownKeyToProto(apiKey, project), propagation: propagationToProto(propagation) };
}

/** Metadata is what the project's team knows of a key, and not its owner's business. */
function ownKeyToProto(apiKey: ApiKey, project: Project) {
  return apiKeyToProto({ ...apiKey, metadata: undefined }, project.publicId);
}
