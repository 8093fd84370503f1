import { emptySlots } from "../../platform/object-slot.js";
import type { Executor } from "../../platform/postgres/database.js";
import { atOnce, type StepRunner } from "../../platform/steps.js";
import type { Author, Caller } from "../caller.js";
import { type ListedPage, type Listing, type ListingQuery, listedPage, resolveListing } from "../listing/listing.js";
import type { Project } from "../project/model.js";
import type { Propagation } from "../propagation/model.js";
import type { LimitState } from "../rate_limit/model.js";
import type { NamedRequest } from "../request_id/model.js";
import { checkFilters } from "./listing-filters.js";
import {
  type ApiKey,
  type ApiKeyChanges,
  type ApiKeyFilter,
  type ApiKeyRequest,
  type ApiKeySort,
  apiKeyFilters,
  apiKeySorts,
  type FoundApiKey,
  type IssuedApiKey,
  type KeyHolder,
  type KeyLookup,
  type NamedKey,
  type RevocationReason,
} from "./model.js";
import type { ChangedApiKey } from "./service/change.js";
import { type ClaimedApiKey, claimRotatedKey } from "./service/claim-rotated-key.js";
import { writeKey } from "./service/create-key.js";
import { deleteKey } from "./service/delete-key.js";
import type { ApiKeyServiceDependencies } from "./service/dependencies.js";
import { type Draft, draftKey } from "./service/draft.js";
import { type ExposedApiKey, type ExposedValue, exposeKeys } from "./service/expose-keys.js";
import { groupCommit } from "./service/group-commit.js";
import { existing } from "./service/lock-key.js";
import { remindOfUnclaimed } from "./service/remind-of-unclaimed.js";
import { revokeKey } from "./service/revoke-key.js";
import { rotateDueKeys } from "./service/rotate-due-keys.js";
import { type RotatedApiKey, type RotationRequest, rotateKey } from "./service/rotate-key.js";
import { type RotatedSigningSecret, rotateSigningSecret } from "./service/rotate-signing-secret.js";
import { type OddlyUsed, suspectKeys } from "./service/suspect-keys.js";
import { switchKey } from "./service/switch-key.js";
import { updateKey } from "./service/update-key.js";

export type { ChangedApiKey, ClaimedApiKey, ExposedApiKey, RotatedApiKey };

const listingSpec = {
  name: "api_keys",
  filters: apiKeyFilters,
  sorts: apiKeySorts,
  defaultSort: "created_at",
} as const;

const purgeBatch = 500;
const maxFound = 100;
const maxIds = 10_000;

/**
 * The life of keys, a use case a file in service/. Every method takes the project that the caller was found to reach; a key
 * of another project is not found.
 *
 * Each change is one transaction, which creations share; docs/architecture.md has the order of its locks.
 */
export class ApiKeyService {
  readonly #dependencies: ApiKeyServiceDependencies;
  readonly #write: (draft: Draft) => Promise<IssuedApiKey>;

  constructor(dependencies: ApiKeyServiceDependencies) {
    this.#dependencies = dependencies;
    this.#write = groupCommit(dependencies);
  }

  /**
   * Checks what a client wants listed of a project.
   *
   * @throws InvalidFieldError
   */
  listing(projectPublicId: string, query: ListingQuery): Listing<ApiKeyFilter, ApiKeySort> {
    const listing = resolveListing(listingSpec, projectPublicId, query, this.#dependencies.pageTokens);
    return { ...listing, filters: checkFilters(listing.filters) };
  }

  /** @param listing as `listing` gave it for this project */
  async query(project: Project, listing: Listing<ApiKeyFilter, ApiKeySort>): Promise<ListedPage<ApiKey>> {
    const { db, store, pageTokens } = this.#dependencies;
    return listedPage(listing, await store.query(db, project.id, listing), pageTokens);
  }

  /** All keys of a project that holds few, the newest first. */
  async list(project: Project): Promise<readonly ApiKey[]> {
    const { db, store } = this.#dependencies;
    return store.list(db, project.id);
  }

  /** The internal ids of an owner's keys, the newest 10,000 of them. */
  async idsOfOwner(project: Project, ownerId: string): Promise<readonly bigint[]> {
    const { db, store } = this.#dependencies;
    return store.idsOfOwner(db, { projectId: project.id, ownerId }, maxIds);
  }

  /** What keys of a project are called, by their internal ids; those that were deleted are left out. */
  async namesOf(project: Project, ids: readonly bigint[]): Promise<ReadonlyMap<bigint, NamedKey>> {
    const { db, store } = this.#dependencies;
    const named = ids.length === 0 ? [] : await store.namesOf(db, project.id, ids);
    return new Map(named.map((key) => [key.id, key]));
  }

  async get(project: Project, publicId: string): Promise<ApiKey> {
    const { db, store } = this.#dependencies;
    return existing(await store.find(db, project.id, publicId));
  }

  /** Where a key stands in each window that it has a limit in. Nothing is spent. */
  async limitStates(caller: Caller, project: Project, publicId: string): Promise<readonly LimitState[]> {
    const { db, store, rateLimits } = this.#dependencies;
    const key = existing(await store.findLimited(db, project.id, publicId));
    return (await rateLimits.spend({ ...key, slots: emptySlots() }, 0, caller.actor)).limits;
  }

  /** Finds keys in all projects that the caller reaches, at most 100, the newest first. */
  async find(caller: Caller, lookup: KeyLookup): Promise<readonly FoundApiKey[]> {
    const { db, store } = this.#dependencies;
    return store.findInProjects(db, caller.projects, lookup, maxFound);
  }

  /**
   * Creates a key, or shows the one that the same request made before.
   *
   * @param named undefined: the client has not named its request
   */
  async create(caller: Author, project: Project, request: ApiKeyRequest, named?: NamedRequest): Promise<IssuedApiKey> {
    const { masterKey, requestIds } = this.#dependencies;
    const draft = draftKey(masterKey, caller, project, request);
    const claim = requestIds.claimOf(caller, project.id, named, draft.newKey.publicId);
    if (claim === undefined && draft.denial !== undefined) {
      throw draft.denial;
    }
    return this.#write({ ...draft, claim });
  }

  /**
   * Creates a key within a transaction of another use case.
   *
   * @param reachableProjectIds of a root key, the public ids of the projects that it reaches; undefined: all
   */
  async createIn(
    tx: Executor,
    caller: Author,
    project: Project,
    request: ApiKeyRequest,
    reachableProjectIds?: readonly string[],
  ): Promise<IssuedApiKey> {
    const draft = draftKey(this.#dependencies.masterKey, caller, project, request, reachableProjectIds);
    return writeKey(this.#dependencies, tx, draft);
  }

  /** @param etag of the state that the change is meant for; empty, here as below: any */
  async update(
    caller: Author,
    project: Project,
    publicId: string,
    changes: ApiKeyChanges,
    etag = "",
  ): Promise<ChangedApiKey> {
    return updateKey(this.#dependencies, caller, project, publicId, changes, etag);
  }

  async setActive(caller: Author, project: Project, publicId: string, active: boolean): Promise<ChangedApiKey> {
    return switchKey(this.#dependencies, caller, project, publicId, active);
  }

  async revoke(
    caller: Author,
    project: Project,
    publicId: string,
    reason: RevocationReason,
    comment: string,
    etag = "",
  ): Promise<ChangedApiKey> {
    return revokeKey(this.#dependencies, caller, project, publicId, reason, comment, etag);
  }

  /** Which keys values are of, or were before their last rotation, whatever their projects; root keys are among them. */
  async holdersOf(digests: readonly Buffer[]): Promise<readonly KeyHolder[]> {
    const { db, store } = this.#dependencies;
    return store.holdersOf(db, digests);
  }

  /** Treats keys whose values were found where others can read them, in one transaction. @returns those that are still there */
  async expose(project: Project, values: readonly ExposedValue[]): Promise<readonly ExposedApiKey[]> {
    return exposeKeys(this.#dependencies, project, values);
  }

  /** Writes down that keys are used oddly, in the transaction that has found it. @returns the keys that this switches off */
  async suspectIn(tx: Executor, project: Project, used: readonly OddlyUsed[]): Promise<readonly ApiKey[]> {
    return suspectKeys(this.#dependencies, tx, project, used);
  }

  async rotate(caller: Author, project: Project, publicId: string, rotation: RotationRequest): Promise<RotatedApiKey> {
    return rotateKey(this.#dependencies, caller, project, publicId, rotation);
  }

  /** Tells the value that the service has made for a key by itself. */
  async claimRotated(caller: Author, project: Project, publicId: string): Promise<ClaimedApiKey> {
    return claimRotatedKey(this.#dependencies, caller, project, publicId);
  }

  /** Rotates and renews the keys for which it is time. */
  async rotateDue(run: StepRunner = atOnce): Promise<void> {
    await rotateDueKeys(this.#dependencies, run);
  }

  /** Reminds people of new values that nobody has claimed for long. */
  async remindOfUnclaimed(run: StepRunner = atOnce): Promise<void> {
    await remindOfUnclaimed(this.#dependencies, run);
  }

  /** Deletes the values that waited and were used since it was called last. */
  async dropUsedValues(run: StepRunner = atOnce): Promise<void> {
    const { db, waiting, firstUses } = this.#dependencies;
    await firstUses.flush((uses) => run(() => waiting.dropUsed(db, uses)));
  }

  /** Deletes the values that waited, and can be claimed no more. */
  async dropEndedValues(run: StepRunner = atOnce): Promise<void> {
    const { db, waiting } = this.#dependencies;
    while ((await run(() => waiting.dropEnded(db, purgeBatch))) === purgeBatch);
  }

  async rotateSigningSecret(
    caller: Author,
    project: Project,
    publicId: string,
    graceMs: number,
    named?: NamedRequest,
  ): Promise<RotatedSigningSecret> {
    return rotateSigningSecret(this.#dependencies, caller, project, publicId, graceMs, named);
  }

  async delete(caller: Author, project: Project, publicId: string, etag = ""): Promise<Propagation> {
    return deleteKey(this.#dependencies, caller, project, publicId, etag);
  }

  /** Deletes a batch of the keys of a deleted project. @returns how many */
  async purge(tx: Executor, projectId: bigint): Promise<number> {
    return this.#dependencies.store.deleteSome(tx, projectId, purgeBatch);
  }
}
