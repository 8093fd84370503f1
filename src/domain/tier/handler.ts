import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  DeleteTierResponseSchema,
  QueryTiersResponseSchema,
  type TierService as TierServiceDescriptor,
  UpsertTierResponseSchema,
} from "../../../gen/altalune/v1/tier_pb.js";
import { callerOf } from "../caller-context.js";
import { listingQueryFromProto, metaToProto } from "../listing/mapper.js";
import { propagationToProto, rateLimitsFromProto } from "../proto-values.js";
import { tierToProto } from "./mapper.js";
import type { TierService } from "./service.js";

export function tierHandler(tiers: TierService): ServiceImpl<typeof TierServiceDescriptor> {
  return {
    async queryTiers(request) {
      const page = await tiers.query(listingQueryFromProto(request.query));
      return create(QueryTiersResponseSchema, { data: page.rows.map(tierToProto), meta: metaToProto(page) });
    },

    async upsertTier(request, context) {
      const limits = rateLimitsFromProto(request.tier?.rateLimits);
      const name = request.tier?.name ?? "";
      const { tier, propagation } = await tiers.upsert(callerOf(context), name, limits, request.etag);
      return create(UpsertTierResponseSchema, {
        tier: tierToProto(tier),
        message: "tier saved; its limits hold for every key that has it",
        propagation: propagationToProto(propagation),
      });
    },

    async deleteTier(request, context) {
      const propagation = await tiers.delete(callerOf(context), request.name, request.etag);
      return create(DeleteTierResponseSchema, {
        message: "tier deleted",
        propagation: propagationToProto(propagation),
      });
    },
  };
}
