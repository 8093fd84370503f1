import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  GetUsageResponseSchema,
  type UsageService as UsageServiceDescriptor,
} from "../../../gen/altalune/v1/usage_pb.js";
import type { ApiKeyService } from "../api_key/service.js";
import { callerOf } from "../caller-context.js";
import { InvalidFieldError } from "../domain-error.js";
import type { ProjectService } from "../project/service.js";
import { endFromTimestamp, optionalDate } from "../proto-values.js";
import { bucketToProto, granularityFromProto } from "./mapper.js";
import { usagePeriod } from "./model.js";
import type { UsageService } from "./service.js";

export function usageHandler(
  usage: UsageService,
  projects: ProjectService,
  apiKeys: ApiKeyService,
): ServiceImpl<typeof UsageServiceDescriptor> {
  return {
    async getUsage(request, context) {
      const period = usagePeriod(
        required(optionalDate(request.startTime), "start_time"),
        required(request.endTime && endFromTimestamp(request.endTime), "end_time"),
        granularityFromProto(request.granularity),
      );
      const project = await projects.reach(callerOf(context), request.projectId);
      const apiKey = request.apiKeyId === undefined ? undefined : await apiKeys.get(project, request.apiKeyId);
      const buckets = await usage.query(project.id, apiKey?.id, period);
      return create(GetUsageResponseSchema, { buckets: buckets.map(bucketToProto) });
    },
  };
}

function required(date: Date | undefined, field: string): Date {
  if (date === undefined) {
    throw new InvalidFieldError(field, "must be set");
  }
  return date;
}
