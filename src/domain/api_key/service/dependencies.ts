import type { Kysely } from "kysely";
import type { ConcurrencyLimiter } from "../../../platform/concurrency-limiter.js";
import type { MasterKey } from "../../../platform/master-key.js";
import type { Database } from "../../../platform/postgres/database.js";
import type { AuditService } from "../../audit/service.js";
import type { PageTokens } from "../../listing/page-token.js";
import type { PropagationService } from "../../propagation/service.js";
import type { RateLimitService } from "../../rate_limit/service.js";
import type { RequestIdService } from "../../request_id/service.js";
import type { TierService } from "../../tier/service.js";
import type { FirstUses } from "../first-uses.js";
import type { ApiKeyStore, WaitingValueStore } from "../interface.js";

/** What the use cases of keys are made with. */
export interface ApiKeyServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: ApiKeyStore;
  readonly waiting: WaitingValueStore;
  /** Of values that wait. */
  readonly firstUses: FirstUses;
  readonly audit: AuditService;
  readonly tiers: TierService;
  readonly rateLimits: RateLimitService;
  readonly requestIds: RequestIdService;
  readonly masterKey: MasterKey;
  readonly pageTokens: PageTokens;
  readonly propagation: PropagationService;
  /** The connections that changes share; a creation waits here for its transaction. */
  readonly changes: ConcurrencyLimiter;
}
