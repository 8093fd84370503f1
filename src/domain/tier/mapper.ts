import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type Tier as TierMessage, TierSchema } from "../../../gen/altalune/v1/tier_pb.js";
import { etagOf } from "../etag/model.js";
import { type EveryField, rateLimitsToProto } from "../proto-values.js";
import { stateOf, type Tier } from "./model.js";

export function tierToProto(tier: Tier): TierMessage {
  return create(TierSchema, {
    name: tier.name,
    rateLimits: rateLimitsToProto(tier.rateLimits),
    etag: etagOf(stateOf(tier)),
    createdAt: timestampFromDate(tier.createdAt),
    updatedAt: timestampFromDate(tier.updatedAt),
  } satisfies EveryField<TierMessage>);
}
