import type { Kysely } from "kysely";
import { newPublicId } from "../../platform/ids.js";
import type { MasterKey } from "../../platform/master-key.js";
import type { Database, Executor } from "../../platform/postgres/database.js";
import type { AuditAction, Detail } from "../audit/model.js";
import type { AuditService } from "../audit/service.js";
import type { Caller } from "../caller.js";
import { InvalidFieldError } from "../domain-error.js";
import { type ListedPage, type Listing, type ListingQuery, listedPage, resolveListing } from "../listing/listing.js";
import type { PageTokens } from "../listing/page-token.js";
import { builtInProjectId, type Project } from "../project/model.js";
import type { Change, Propagation } from "../propagation/model.js";
import type { PropagationService } from "../propagation/service.js";
import type { TierService } from "../tier/service.js";
import { detailOfChanges, detailOfNewKey } from "./audit-detail.js";
import {
  ApiKeyLimitReachedError,
  ApiKeyNameTakenError,
  ApiKeyNotFoundError,
  ApiKeyRevokedError,
  NeverExpiresNotAllowedError,
} from "./errors.js";
import type { ApiKeyStore } from "./interface.js";
import { checkFilters } from "./listing-filters.js";
import {
  type ApiKey,
  type ApiKeyChanges,
  type ApiKeyFilter,
  type ApiKeyRequest,
  type ApiKeySort,
  apiKeyFilters,
  apiKeySorts,
  hasExpired,
  type IssuedApiKey,
  type RevocationReason,
} from "./model.js";
import { digestOf, displayForm, newSecret } from "./secret-format.js";
import { sealSigningSecret } from "./signing-secret.js";

const listingSpec = {
  name: "api_keys",
  filters: apiKeyFilters,
  sorts: apiKeySorts,
  defaultSort: "created_at",
} as const;

const signingSecretPrefix = "sign_";
const purgeBatch = 500;

export interface ApiKeyServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: ApiKeyStore;
  readonly audit: AuditService;
  readonly tiers: TierService;
  readonly masterKey: MasterKey;
  readonly pageTokens: PageTokens;
  readonly propagation: PropagationService;
}

/** A key after a change, and from when the change is in force. */
export interface ChangedApiKey {
  readonly apiKey: ApiKey;
  readonly propagation: Propagation;
}

/** How the trail names what happens to keys; root keys are told apart from the keys of a project. */
type KeyAction = "created" | "updated" | "activated" | "deactivated" | "revoked" | "rotated" | "deleted";

/**
 * The life of keys. Every method takes the project that the caller was found to reach; a key of another project is not
 * found.
 *
 * Each change is one transaction: the owner's row is locked first where a cap may be at stake, then the key's, and the
 * trail's head last.
 */
export class ApiKeyService {
  readonly #db: Kysely<Database>;
  readonly #store: ApiKeyStore;
  readonly #audit: AuditService;
  readonly #tiers: TierService;
  readonly #masterKey: MasterKey;
  readonly #pageTokens: PageTokens;
  readonly #propagation: PropagationService;

  constructor({ db, store, audit, tiers, masterKey, pageTokens, propagation }: ApiKeyServiceDependencies) {
    this.#db = db;
    this.#store = store;
    this.#audit = audit;
    this.#tiers = tiers;
    this.#masterKey = masterKey;
    this.#pageTokens = pageTokens;
    this.#propagation = propagation;
  }

  /**
   * Checks what a client wants listed of a project.
   *
   * @throws InvalidFieldError
   */
  listing(projectPublicId: string, query: ListingQuery): Listing<ApiKeyFilter, ApiKeySort> {
    const listing = resolveListing(listingSpec, projectPublicId, query, this.#pageTokens);
    return { ...listing, filters: checkFilters(listing.filters) };
  }

  /** @param listing as `listing` gave it for this project */
  async query(project: Project, listing: Listing<ApiKeyFilter, ApiKeySort>): Promise<ListedPage<ApiKey>> {
    return listedPage(listing, await this.#store.query(this.#db, project.id, listing), this.#pageTokens);
  }

  /** All keys of a project that holds few, the newest first. */
  async list(project: Project): Promise<readonly ApiKey[]> {
    return this.#store.list(this.#db, project.id);
  }

  async get(project: Project, publicId: string): Promise<ApiKey> {
    return existing(await this.#store.find(this.#db, project.id, publicId));
  }

  /** Makes a key; its value, and its signing secret if it has one, are in what is returned and nowhere else. */
  async create(caller: Caller, project: Project, request: ApiKeyRequest): Promise<IssuedApiKey> {
    return this.#db.transaction().execute((tx) => this.createIn(tx, caller, project, request));
  }

  /**
   * The same within a transaction of another use case.
   *
   * @param reachableProjectIds of a root key, the public ids of the projects that it reaches; undefined: all
   */
  async createIn(
    tx: Executor,
    caller: Caller,
    project: Project,
    request: ApiKeyRequest,
    reachableProjectIds?: readonly string[],
  ): Promise<IssuedApiKey> {
    if (request.expiresAt === undefined && !project.allowNeverExpires) {
      throw new NeverExpiresNotAllowedError();
    }
    const publicId = newPublicId();
    const keyValue = newSecret(project.keyPrefix);
    const signingSecret = request.withSigningSecret ? newSecret(signingSecretPrefix) : undefined;
    const tier = request.tier || project.defaultTier;
    const scopes = request.scopes.length > 0 ? request.scopes : project.defaultScopes;

    await this.#reserveForOwner(tx, project, request.ownerId);
    await this.#tiers.holdForUse(tx, tier);
    const apiKey = await this.#store.insert(tx, {
      projectId: project.id,
      publicId,
      name: request.name,
      ownerId: request.ownerId,
      displayPrefix: displayForm(keyValue, project.keyPrefix),
      digest: digestOf(keyValue),
      scopes,
      tier,
      rateLimits: request.rateLimits,
      metadata: request.metadata,
      expiresAt: request.expiresAt,
      signingSecret:
        signingSecret === undefined ? undefined : this.#sealSigningSecret(project, publicId, signingSecret),
      reachableProjectIds,
    });
    if (apiKey === undefined) {
      throw new ApiKeyNameTakenError();
    }
    await this.#record(tx, caller, project, "created", apiKey, detailOfNewKey(apiKey));
    return { apiKey, keyValue, signingSecret };
  }

  async update(caller: Caller, project: Project, publicId: string, changes: ApiKeyChanges): Promise<ChangedApiKey> {
    if (changes.expiresAt === null && !project.allowNeverExpires) {
      throw new NeverExpiresNotAllowedError();
    }
    return this.#change(async (tx) => {
      const before = await this.#lockLive(tx, project, publicId, changes.expiresAt !== undefined);
      await this.#tiers.holdForUse(tx, changes.tier ?? "");
      const after = await this.#store.update(tx, before, changes);
      if (after === undefined) {
        throw new ApiKeyNameTakenError();
      }
      await this.#record(tx, caller, project, "updated", after, detailOfChanges(changes));
      return touching(after);
    });
  }

  /** Switches a key on or off. One that is as wanted stays as it is, without an event. */
  async setActive(caller: Caller, project: Project, publicId: string, active: boolean): Promise<ChangedApiKey> {
    return this.#change(async (tx) => {
      const before = await this.#lockLive(tx, project, publicId, false);
      if (before.active === active) {
        return touching(before);
      }
      const after = await this.#store.setActive(tx, before, active);
      await this.#record(tx, caller, project, active ? "activated" : "deactivated", after, {});
      return touching(after);
    });
  }

  /**
   * Ends a key for good. Revoking again changes nothing, the first reason stands; but it too is in force everywhere when it
   * says so, whatever became of the call before.
   */
  async revoke(
    caller: Caller,
    project: Project,
    publicId: string,
    reason: RevocationReason,
    comment: string,
  ): Promise<ChangedApiKey> {
    return this.#change(async (tx) => {
      const before = existing(await this.#store.lock(tx, project.id, publicId));
      if (before.revokedAt !== undefined) {
        return touching(before);
      }
      const after = await this.#store.revoke(tx, before, reason);
      const detail = comment === "" ? { reason } : { reason, comment };
      await this.#record(tx, caller, project, "revoked", after, detail);
      return touching(after);
    });
  }

  /**
   * Gives a key a new value. The value before works for the grace period; the one before that, if its grace still runs,
   * ends now.
   *
   * @param graceMs milliseconds
   * @param expiresAt undefined: it stays
   */
  async rotate(
    caller: Caller,
    project: Project,
    publicId: string,
    graceMs: number,
    expiresAt: Date | undefined,
  ): Promise<ChangedApiKey & { readonly keyValue: string; readonly previousExpiresAt: Date }> {
    const keyValue = newSecret(project.keyPrefix);
    const after = await this.#change(async (tx) => {
      const before = await this.#lockLive(tx, project, publicId, expiresAt !== undefined);
      if (expiresAt === undefined && hasExpired(before.expiresAt, before.observedAt)) {
        throw new InvalidFieldError("expiration", "must be set, since the key has expired");
      }
      const after = await this.#store.rotate(tx, before, {
        digest: digestOf(keyValue),
        displayPrefix: displayForm(keyValue, project.keyPrefix),
        previousExpiresAt: new Date(before.observedAt.getTime() + graceMs),
        expiresAt,
      });
      await this.#record(tx, caller, project, "rotated", after, {
        grace_seconds: graceMs / 1000,
        expiration: expiresAt?.toISOString(),
        key_prefix: after.displayPrefix,
      });
      return touching(after);
    });
    const previousExpiresAt = after.apiKey.previousExpiresAt ?? after.apiKey.observedAt;
    return { ...after, keyValue, previousExpiresAt };
  }

  /**
   * Gives a key a new signing secret, or its first.
   *
   * @param graceMs milliseconds that the secret before goes on working
   */
  async rotateSigningSecret(
    caller: Caller,
    project: Project,
    publicId: string,
    graceMs: number,
  ): Promise<ChangedApiKey & { readonly signingSecret: string; readonly previousExpiresAt: Date | undefined }> {
    const signingSecret = newSecret(signingSecretPrefix);
    let previousExpiresAt: Date | undefined;
    const after = await this.#change(async (tx) => {
      const before = await this.#lockLive(tx, project, publicId, false);
      const graceEnd = new Date(before.observedAt.getTime() + graceMs);
      previousExpiresAt = before.signingSecret && graceEnd;
      const ciphertext = this.#sealSigningSecret(project, publicId, signingSecret);
      const after = await this.#store.rotateSigningSecret(tx, before, ciphertext, graceEnd);
      await this.#audit.record(tx, caller, project, "signing_secret.rotated", publicId, {
        grace_seconds: graceMs / 1000,
      });
      return touching(after);
    });
    return { ...after, signingSecret, previousExpiresAt };
  }

  async delete(caller: Caller, project: Project, publicId: string): Promise<Propagation> {
    const { propagation } = await this.#change(async (tx) => {
      const apiKey = existing(await this.#store.lock(tx, project.id, publicId));
      await this.#store.delete(tx, apiKey);
      await this.#record(tx, caller, project, "deleted", apiKey, { name: apiKey.name, owner_id: apiKey.ownerId });
      return touching(apiKey);
    });
    return propagation;
  }

  /** Deletes a batch of the keys of a deleted project. @returns how many */
  async purge(tx: Executor, projectId: bigint): Promise<number> {
    return this.#store.deleteSome(tx, projectId, purgeBatch);
  }

  async #change(change: (tx: Executor) => Promise<Change<ApiKey>>): Promise<ChangedApiKey> {
    const { result, propagation } = await this.#propagation.run(change);
    return { apiKey: result, propagation };
  }

  /**
   * Locks a key that is to be changed.
   *
   * @param revives whether the change may bring an expired key back, which then counts for its owner's cap again
   */
  async #lockLive(tx: Executor, project: Project, publicId: string, revives: boolean): Promise<ApiKey> {
    if (revives) {
      const { ownerId } = existing(await this.#store.find(tx, project.id, publicId));
      await this.#lockOwner(tx, project, ownerId);
    }
    const apiKey = existing(await this.#store.lock(tx, project.id, publicId));
    if (apiKey.revokedAt !== undefined) {
      throw new ApiKeyRevokedError();
    }
    if (revives && hasExpired(apiKey.expiresAt, apiKey.observedAt)) {
      await this.#requireRoom(tx, project, apiKey.ownerId);
    }
    return apiKey;
  }

  /** Makes sure that the owner may hold one more live key, until the transaction ends. */
  async #reserveForOwner(tx: Executor, project: Project, ownerId: string): Promise<void> {
    await this.#lockOwner(tx, project, ownerId);
    await this.#requireRoom(tx, project, ownerId);
  }

  /** Keeps others from giving the owner one more live key until the transaction ends. */
  async #lockOwner(tx: Executor, project: Project, ownerId: string): Promise<void> {
    if (isCapped(project, ownerId)) {
      await this.#store.lockOwner(tx, project.id, ownerId);
    }
  }

  /** Of an owner that is locked: may it hold one more live key? */
  async #requireRoom(tx: Executor, project: Project, ownerId: string): Promise<void> {
    const limit = project.maxKeysPerOwner;
    if (isCapped(project, ownerId) && (await this.#store.countLive(tx, project.id, ownerId)) >= limit) {
      throw new ApiKeyLimitReachedError(limit);
    }
  }

  #sealSigningSecret(project: Project, publicId: string, secret: string): Buffer {
    const owner = { projectPublicId: project.publicId, apiKeyPublicId: publicId };
    return sealSigningSecret(this.#masterKey, owner, Buffer.from(secret));
  }

  async #record(
    tx: Executor,
    caller: Caller,
    project: Project,
    action: KeyAction,
    apiKey: ApiKey,
    detail: Detail,
  ): Promise<void> {
    await this.#audit.record(
      tx,
      caller,
      project,
      project.id === builtInProjectId ? rootKeyAction(action) : `api_key.${action}`,
      apiKey.publicId,
      detail,
    );
  }
}

/** A root key lives a shorter life than others: it is made and revoked. */
function rootKeyAction(action: KeyAction): AuditAction {
  if (action !== "created" && action !== "revoked") {
    throw new Error(`a root key cannot be ${action}`);
  }
  return `root_key.${action}`;
}

function touching(apiKey: ApiKey): Change<ApiKey> {
  return { result: apiKey, touched: { kind: "api_key", id: apiKey.id } };
}

function isCapped({ maxKeysPerOwner }: Project, ownerId: string): boolean {
  return ownerId !== "" && maxKeysPerOwner > 0;
}

function existing(apiKey: ApiKey | undefined): ApiKey {
  if (apiKey === undefined) {
    throw new ApiKeyNotFoundError();
  }
  return apiKey;
}
