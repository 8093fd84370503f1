import type { Kysely } from "kysely";
import type { Database, Executor } from "../../platform/postgres/database.js";
import type { AuditService } from "../audit/service.js";
import { type Caller, isAllowed } from "../caller.js";
import { EtagMismatchError } from "../etag/errors.js";
import { requireEtag } from "../etag/model.js";
import { type ListedPage, type ListingQuery, listedPage, resolveListing } from "../listing/listing.js";
import type { PageTokens } from "../listing/page-token.js";
import { builtInProjectId } from "../project/model.js";
import type { Propagation } from "../propagation/model.js";
import type { PropagationService } from "../propagation/service.js";
import type { RateLimits } from "../rate_limit/model.js";
import { TierInUseError, TierNotFoundError } from "./errors.js";
import type { TierStore } from "./interface.js";
import { stateOf, type Tier, tierFilters, tierReading, tierSorts } from "./model.js";

const listingSpec = { name: "tiers", filters: tierFilters, sorts: tierSorts, defaultSort: "created_at" } as const;

/** Tiers belong to the instance itself, and so do their events. */
const instance = { id: builtInProjectId };

export interface TierServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: TierStore;
  readonly audit: AuditService;
  readonly pageTokens: PageTokens;
  readonly propagation: PropagationService;
}

/** The named limits that keys share. */
export class TierService {
  readonly #db: Kysely<Database>;
  readonly #store: TierStore;
  readonly #audit: AuditService;
  readonly #pageTokens: PageTokens;
  readonly #propagation: PropagationService;

  constructor({ db, store, audit, pageTokens, propagation }: TierServiceDependencies) {
    this.#db = db;
    this.#store = store;
    this.#audit = audit;
    this.#pageTokens = pageTokens;
    this.#propagation = propagation;
  }

  /**
   * Makes sure that a tier exists until the transaction that puts it to use ends.
   *
   * @param name empty: no tier, which always exists
   * @throws TierNotFoundError
   */
  async holdForUse(tx: Executor, name: string): Promise<void> {
    if (!(await this.holdAllForUse(tx, [name])).has(name)) {
      throw new TierNotFoundError();
    }
  }

  /** The same for several. @returns those of them that exist; no tier always does */
  async holdAllForUse(tx: Executor, names: readonly string[]): Promise<ReadonlySet<string>> {
    const named = [...new Set(names)].filter((name) => name !== "");
    const existing = named.length === 0 ? [] : await this.#store.holdForUse(tx, named);
    return new Set(["", ...existing]);
  }

  /** The names of all tiers; undefined: the caller may not list them. */
  async namesFor(caller: Caller): Promise<readonly string[] | undefined> {
    return isAllowed(caller, tierReading) ? this.#store.names(this.#db) : undefined;
  }

  async query(query: ListingQuery): Promise<ListedPage<Tier>> {
    const listing = resolveListing(listingSpec, "", query, this.#pageTokens);
    return listedPage(listing, await this.#store.query(this.#db, listing), this.#pageTokens);
  }

  /**
   * Makes a tier, or changes the one of that name.
   *
   * @param etag of the state that the change is meant for; empty: any, or none
   * @throws EtagMismatchError
   */
  async upsert(
    caller: Caller,
    name: string,
    rateLimits: RateLimits,
    etag = "",
  ): Promise<{ readonly tier: Tier; readonly propagation: Propagation }> {
    const { result: tier, propagation } = await this.#propagation.run(async (tx) => {
      if (etag !== "") {
        const before = await this.#store.lock(tx, name);
        if (before === undefined) {
          throw new EtagMismatchError();
        }
        requireEtag(etag, stateOf(before));
      }
      const upserted = await this.#store.upsert(tx, name, rateLimits);
      const detail = { per_minute: rateLimits.perMinute, per_day: rateLimits.perDay };
      await this.#audit.record(tx, caller, instance, "tier.upserted", name, detail);
      return { result: upserted, touched: { kind: "tier", name } };
    });
    return { tier, propagation };
  }

  /**
   * @param etag of the state that the change is meant for; empty: any
   * @throws TierNotFoundError
   * @throws EtagMismatchError
   * @throws TierInUseError
   */
  async delete(caller: Caller, name: string, etag = ""): Promise<Propagation> {
    const { propagation } = await this.#propagation.run(async (tx) => {
      const tier = await this.#store.lock(tx, name);
      if (tier === undefined) {
        throw new TierNotFoundError();
      }
      requireEtag(etag, stateOf(tier));
      if (await this.#store.isInUse(tx, name)) {
        throw new TierInUseError();
      }
      await this.#store.delete(tx, name);
      await this.#audit.record(tx, caller, instance, "tier.deleted", name, {});
      return { result: undefined, touched: { kind: "tier", name } };
    });
    return propagation;
  }
}
