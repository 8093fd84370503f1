import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  GetUsageResponseSchema,
  type UsageService as UsageServiceDescriptor,
} from "../../../gen/altalune/v1/usage_pb.js";
import type { ApiKeyService } from "../api_key/service.js";
import { isAllowed } from "../caller.js";
import { callerOf } from "../caller-context.js";
import type { OddUseService } from "../odd_use/service.js";
import type { ProjectService } from "../project/service.js";
import { PermissionMissingError } from "../root_key/errors.js";
import type { RootKeyScope } from "../root_key/model.js";
import { bucketToProto, keyUsageToProto, periodFromProto, sourcePeriodFromProto, sourcesToProto } from "./mapper.js";
import type { UsageService } from "./service.js";

/** What it takes to be told which keys there are. */
const apiKeyReading = "api_keys:read" satisfies RootKeyScope;

/** How many sources of a kind are told to who does not say. */
const defaultSources = 20;

export function usageHandler(
  usage: UsageService,
  oddUse: OddUseService,
  projects: ProjectService,
  apiKeys: ApiKeyService,
): ServiceImpl<typeof UsageServiceDescriptor> {
  return {
    async getUsage(request, context) {
      const period = periodFromProto(request);
      const caller = callerOf(context);
      if (request.topKeys > 0 && !isAllowed(caller, apiKeyReading)) {
        throw new PermissionMissingError(apiKeyReading);
      }
      const project = await projects.reach(caller, request.projectId);
      const apiKey = request.apiKeyId === undefined ? undefined : await apiKeys.get(project, request.apiKeyId);
      if (request.topKeys === 0) {
        const buckets = await usage.query(project.id, apiKey?.id, period);
        return create(GetUsageResponseSchema, { buckets: buckets.map(bucketToProto) });
      }
      const { buckets, topKeys } = await usage.queryWithTopKeys(project.id, apiKey?.id, period, request.topKeys);
      const names = await apiKeys.namesOf(
        project,
        topKeys.map(({ apiKeyId }) => apiKeyId),
      );
      return create(GetUsageResponseSchema, {
        buckets: buckets.map(bucketToProto),
        topKeys: topKeys.map((key) => keyUsageToProto(key, names.get(key.apiKeyId))),
      });
    },

    async getApiKeyUsageBySource(request, context) {
      const { start, end } = sourcePeriodFromProto(request);
      const project = await projects.reach(callerOf(context), request.projectId);
      const apiKey = await apiKeys.get(project, request.apiKeyId);
      const sources = await oddUse.topSources(project.id, apiKey.id, start, end, request.limit || defaultSources);
      return sourcesToProto(sources);
    },
  };
}
