import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type GetApiKeyUsageBySourceResponse,
  GetApiKeyUsageBySourceResponseSchema,
  type GetUsageRequest,
  Granularity as GranularityMessage,
  type KeyUsage as KeyUsageMessage,
  KeyUsageSchema,
  SourceUsageSchema,
  type UsageBucket as UsageBucketMessage,
  UsageBucketSchema,
} from "../../../gen/altalune/v1/usage_pb.js";
import type { NamedKey } from "../api_key/model.js";
import { InvalidFieldError } from "../domain-error.js";
import type { UsedSource } from "../odd_use/model.js";
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

/** Whole days, as `2026-01-31`; the second is the one after the last. @throws InvalidFieldError */
export function sourcePeriodFromProto(request: Omit<PeriodRequest, "granularity">): {
  readonly start: string;
  readonly end: string;
} {
  const { start, end } = periodFromProto({ ...request, granularity: GranularityMessage.DAY });
  return { start: start.toISOString().slice(0, dayLength), end: end.toISOString().slice(0, dayLength) };
}

const dayLength = "2026-01-31".length;

export function sourcesToProto(sources: readonly UsedSource[]): GetApiKeyUsageBySourceResponse {
  const ofKind = (wanted: UsedSource["kind"]) =>
    sources
      .filter(({ kind }) => kind === wanted)
      .map(({ value, verifications, firstAt, lastAt }) =>
        create(SourceUsageSchema, {
          value,
          verifications,
          firstAt: timestampFromDate(firstAt),
          lastAt: timestampFromDate(lastAt),
        }),
      );
  return create(GetApiKeyUsageBySourceResponseSchema, { networks: ofKind("network"), agents: ofKind("agent") });
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
