import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type GetUsageRequest,
  Granularity as GranularityMessage,
  type KeyUsage as KeyUsageMessage,
  KeyUsageSchema,
  type UsageBucket as UsageBucketMessage,
  UsageBucketSchema,
} from "../../../gen/altalune/v1/usage_pb.js";
import type { NamedKey } from "../api_key/model.js";
import { InvalidFieldError } from "../domain-error.js";
import { endFromTimestamp, optionalDate } from "../proto-values.js";
import { type Granularity, type KeyUsage, type UsageBucket, type UsagePeriod, usagePeriod } from "./model.js";

export function bucketToProto({ start, counts }: UsageBucket): UsageBucketMessage {
  return create(UsageBucketSchema, { startTime: timestampFromDate(start), counts: countsToProto(counts) });
}

/** @param named undefined: the key is not there any more */
export function keyUsageToProto({ counts }: KeyUsage, named: NamedKey | undefined): KeyUsageMessage {
  return create(KeyUsageSchema, {
    apiKeyId: named?.publicId ?? "",
    name: named?.name ?? "",
    counts: countsToProto(counts),
  });
}

function countsToProto(counts: UsageBucket["counts"]): Record<string, bigint> {
  return Object.fromEntries([...counts].map(([code, count]) => [`VERIFICATION_CODE_${code.toUpperCase()}`, count]));
}

/** What a request wants to see. @throws InvalidFieldError */
export function periodFromProto({ startTime, endTime, granularity }: PeriodRequest): UsagePeriod {
  return usagePeriod(
    required(optionalDate(startTime), "start_time"),
    required(endTime && endFromTimestamp(endTime), "end_time"),
    granularityFromProto(granularity),
  );
}

type PeriodRequest = Pick<GetUsageRequest, "startTime" | "endTime" | "granularity">;

function required(date: Date | undefined, field: string): Date {
  if (date === undefined) {
    throw new InvalidFieldError(field, "must be set");
  }
  return date;
}

function granularityFromProto(granularity: GranularityMessage): Granularity {
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
