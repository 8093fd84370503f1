import { type ApiKey, type IssuedApiKey, type RevocationReason, requestDefaults } from "../api_key/model.js";
import type { ApiKeyService, ChangedApiKey, ClaimedApiKey, RotatedApiKey } from "../api_key/service.js";
import type { OwnerCaller } from "../caller.js";
import { InvalidFieldError } from "../domain-error.js";
import { etagOf } from "../etag/model.js";
import type { ListedPage, ListingQuery } from "../listing/listing.js";
import type { Project } from "../project/model.js";
import { defaultLifetimeMs, maxLifetimeMs, noOwnerAccess } from "../project/owner-access.js";
import type { NamedRequest } from "../request_id/model.js";
import { covers } from "../scope.js";
import type { UsageBucket, UsagePeriod } from "../usage/model.js";
import type { UsageService } from "../usage/service.js";
import { type OwnKeyRequest, type OwnRotationRequest, ownKeyFilters } from "./model.js";
import { OthersApiKeyError } from "./others-api-key-error.js";

export interface MyApiKeyServiceDependencies {
  readonly apiKeys: ApiKeyService;
  readonly usage: UsageService;
}

/**
 * What owners do with their own keys: the rules of keys, held to what the project lets owners give them. Whose keys they are comes
 * from the caller alone, and a key of somebody else is not found.
 */
export class MyApiKeyService {
  readonly #apiKeys: ApiKeyService;
  readonly #usage: UsageService;

  constructor({ apiKeys, usage }: MyApiKeyServiceDependencies) {
    this.#apiKeys = apiKeys;
    this.#usage = usage;
  }

  /** @throws InvalidFieldError */
  async query({ project, ownerId }: OwnerCaller, query: ListingQuery): Promise<ListedPage<ApiKey>> {
    if (query.filters.has("owner_id")) {
      throw new InvalidFieldError("query.filters", `unknown filter; use ${ownKeyFilters.join(", ")}`);
    }
    // Page tokens are bound to it, as to any filter.
    const filters = new Map([...query.filters, ["owner_id", [ownerId]]]);
    return this.#apiKeys.query(project, this.#apiKeys.listing(project.publicId, { ...query, filters }));
  }

  /** @throws ApiKeyNotFoundError, which is an OthersApiKeyError where the key is another owner's */
  async get({ project, ownerId }: OwnerCaller, publicId: string): Promise<ApiKey> {
    const apiKey = await this.#apiKeys.get(project, publicId);
    if (apiKey.ownerId !== ownerId) {
      throw new OthersApiKeyError();
    }
    return apiKey;
  }

  /**
   * @param named undefined: the client has not named its request
   * @throws InvalidFieldError for what the project does not let owners give
   */
  async create(owner: OwnerCaller, wanted: OwnKeyRequest, named?: NamedRequest): Promise<IssuedApiKey> {
    const { project, ownerId } = owner;
    const access = project.ownerAccess ?? noOwnerAccess;
    const mayGive = (scope: string) => mayOwnersGive(project, scope);
    if (!wanted.scopes.every(mayGive)) {
      throw new InvalidFieldError("scopes", "must be among those that owners may give their keys here");
    }
    checkEnd(project, wanted.expiresAt);
    const request = {
      ...requestDefaults,
      name: wanted.name,
      scopes: wanted.scopes,
      expiresAt: wanted.expiresAt ?? new Date(Date.now() + defaultLifetimeMs(access)),
      ownerId,
    };
    // What is left open is as the project has it for owners.
    const forOwners: Project = {
      ...project,
      defaultScopes: project.defaultScopes.filter(mayGive),
      defaultTier: tierOfOwners(project),
    };
    return this.#apiKeys.create(owner, forOwners, request, named);
  }

  async rename(owner: OwnerCaller, publicId: string, name: string): Promise<ChangedApiKey> {
    await this.get(owner, publicId);
    return this.#apiKeys.update(owner, owner.project, publicId, { name });
  }

  /** @throws InvalidFieldError for an end that the project does not let owners give */
  async rotate(owner: OwnerCaller, publicId: string, rotation: OwnRotationRequest): Promise<RotatedApiKey> {
    checkEnd(owner.project, rotation.expiresAt);
    const before = await this.get(owner, publicId);
    if (rotation.expiresAt === undefined) {
      return this.#apiKeys.rotate(owner, owner.project, publicId, rotation);
    }
    if (!couldBeMade(before, owner.project)) {
      throw new InvalidFieldError(
        "expiration",
        "must be left out: the key has scopes, a tier or limits that owners cannot give, and so keeps its end",
      );
    }
    // Of the state that was looked at.
    return this.#apiKeys.rotate(owner, owner.project, publicId, { ...rotation, etag: etagOf(before) });
  }

  /** Tells the value that the service has made for a key by itself. */
  async claimRotated(owner: OwnerCaller, publicId: string): Promise<ClaimedApiKey> {
    await this.get(owner, publicId);
    return this.#apiKeys.claimRotated(owner, owner.project, publicId);
  }

  /** @returns it as it is now, and whether it was revoked before */
  async revoke(
    owner: OwnerCaller,
    publicId: string,
    reason: RevocationReason,
  ): Promise<ChangedApiKey & { readonly revokedBefore: boolean }> {
    const { revokedAt } = await this.get(owner, publicId);
    const changed = await this.#apiKeys.revoke(owner, owner.project, publicId, reason, "");
    return { ...changed, revokedBefore: revokedAt !== undefined };
  }

  /** @param publicId undefined: all keys of the owner */
  async usage(owner: OwnerCaller, publicId: string | undefined, period: UsagePeriod): Promise<readonly UsageBucket[]> {
    const { project, ownerId } = owner;
    const keys =
      publicId === undefined
        ? await this.#apiKeys.idsOfOwner(project, ownerId)
        : [(await this.get(owner, publicId)).id];
    return this.#usage.query(project.id, keys, period);
  }
}

function mayOwnersGive({ ownerAccess = noOwnerAccess }: Project, scope: string): boolean {
  return ownerAccess.ownerScopes.some((given) => covers(given, scope));
}

function tierOfOwners({ ownerAccess = noOwnerAccess, defaultTier }: Project): string {
  return ownerAccess.defaultTier || defaultTier;
}

/** Whether owners could make a key like this one. One that has more was given to them, for as long as it was. */
function couldBeMade({ scopes, tier, rateLimits }: ApiKey, project: Project): boolean {
  return (
    scopes.every((scope) => mayOwnersGive(project, scope)) &&
    tier === tierOfOwners(project) &&
    rateLimits.perMinute === undefined &&
    rateLimits.perDay === undefined
  );
}

/** @throws InvalidFieldError */
function checkEnd({ ownerAccess = noOwnerAccess }: Project, expiresAt: Date | undefined): void {
  const longest = maxLifetimeMs(ownerAccess);
  if (expiresAt !== undefined && expiresAt.getTime() > Date.now() + longest) {
    throw new InvalidFieldError("expiration", `must be at most ${longest / 1000} seconds from now here`);
  }
}
