import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  Granularity as GranularityMessage,
  type UsageBucket as UsageBucketMessage,
  UsageBucketSchema,
} from "../../../gen/altalune/v1/usage_pb.js";
import type { Granularity, UsageBucket } from "./model.js";

export function bucketToProto({ start, counts }: UsageBucket): UsageBucketMessage {
  return create(UsageBucketSchema, {
    startTime: timestampFromDate(start),
    counts: Object.fromEntries([...counts].map(([code, count]) => [`VERIFICATION_CODE_${code.toUpperCase()}`, count])),
  });
}

export function granularityFromProto(granularity: GranularityMessage): Granularity {
  switch (granularity) {
    case GranularityMessage.UNSPECIFIED:
    case GranularityMessage.HOUR:
      return "hour";
    case GranularityMessage.DAY:
      return "day";
    default: {
      const unreachable: never = granularity;
      return unreachable;
    }
  }
}
