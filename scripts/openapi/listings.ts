import { apiKeyFilters, apiKeySorts } from "../../src/domain/api_key/model.js";
import { auditFilters, auditSorts } from "../../src/domain/audit/model.js";
import { ownKeyFilters } from "../../src/domain/my_api_key/model.js";
import { projectFilters, projectSorts } from "../../src/domain/project/model.js";
import { tierFilters, tierSorts } from "../../src/domain/tier/model.js";
import { userFilters, userSorts } from "../../src/domain/user/model.js";
import { deliveryFilters, deliverySorts, webhookSorts } from "../../src/domain/webhook/model.js";

/** What a listing can be filtered and sorted by. */
export interface ListingNames {
  readonly filters: readonly string[];
  readonly sorts: readonly string[];
}

const listings: Readonly<Record<string, ListingNames>> = {
  QueryProjects: { filters: projectFilters, sorts: projectSorts },
  QueryApiKeys: { filters: apiKeyFilters, sorts: apiKeySorts },
  QueryMyApiKeys: { filters: ownKeyFilters, sorts: apiKeySorts },
  QueryTiers: { filters: tierFilters, sorts: tierSorts },
  QueryUsers: { filters: userFilters, sorts: userSorts },
  QueryWebhooks: { filters: [], sorts: webhookSorts },
  QueryDeliveries: { filters: deliveryFilters, sorts: deliverySorts },
  QueryAuditEvents: { filters: auditFilters, sorts: auditSorts },
};

/** @param rpc its name */
export function listingOf(rpc: string): ListingNames {
  const listing = listings[rpc];
  if (listing === undefined) {
    throw new Error(`${rpc} is a listing of which nothing is known yet`);
  }
  return listing;
}
