import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type RateLimitState,
  RateLimitStateSchema,
  RateLimitWindow,
} from "../../../gen/altalune/v1/verification_pb.js";
import type { LimitState } from "./model.js";

export function limitStateToProto({ window, limit, remaining, resetAt }: LimitState): RateLimitState {
  return create(RateLimitStateSchema, {
    window: window === "minute" ? RateLimitWindow.MINUTE : RateLimitWindow.DAY,
    limit,
    remaining,
    resetAt: timestampFromDate(resetAt),
  });
}
