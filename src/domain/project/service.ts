import type { Kysely } from "kysely";
import { LRUCache } from "lru-cache";
import { coalesce } from "../../platform/coalesce.js";
import { ConcurrencyLimiter } from "../../platform/concurrency-limiter.js";
import { newPublicId } from "../../platform/ids.js";
import type { Database, Executor } from "../../platform/postgres/database.js";
import { atOnce, type StepRunner } from "../../platform/steps.js";
import type { AuditService } from "../audit/service.js";
import { type Caller, reaches } from "../caller.js";
import { InvalidFieldError } from "../domain-error.js";
import { requireEtag } from "../etag/model.js";
import { type ListedPage, type ListingQuery, listedPage, resolveListing } from "../listing/listing.js";
import type { PageTokens } from "../listing/page-token.js";
import { DatabaseBusyError } from "../overload/errors.js";
import type { Propagation } from "../propagation/model.js";
import type { PropagationService } from "../propagation/service.js";
import type { NamedRequest } from "../request_id/model.js";
import type { RequestIdService } from "../request_id/service.js";
import { TierNotFoundError } from "../tier/errors.js";
import type { TierService } from "../tier/service.js";
import { detailOfSettings } from "./audit-detail.js";
import { CreatedProjectGoneError, ProjectNotFoundError } from "./errors.js";
import type { ProjectStore } from "./interface.js";
import {
  builtInProjectId,
  isOwnPrefix,
  keyPrefixRule,
  type Project,
  type ProjectSettings,
  projectFilters,
  projectSorts,
} from "./model.js";
import { type Branding, unbranded } from "./owner-access.js";
import { checkOwnerAccess } from "./owner-access-rules.js";

const listingSpec = {
  name: "projects",
  filters: projectFilters,
  sorts: projectSorts,
  defaultSort: "created_at",
} as const;

/** How long a caller waits for the look-up of a project, and how long one look-up keeps others waiting, in milliseconds. */
const lookUpMs = 5_000;
const busy = () => new DatabaseBusyError();
/** How many projects one statement looks up. */
const maxLookedUp = 64;
/** How many origins are remembered, and for how long, in milliseconds: anybody can ask. */
const maxOrigins = 1_000;
const originMs = 5_000;
/** How many one statement reads of all. */
const listed = 500;

export interface ProjectServiceDependencies {
  /** How many look-ups of projects may be at the database at once. */
  readonly maxLookUps: number;
  readonly db: Kysely<Database>;
  readonly store: ProjectStore;
  readonly audit: AuditService;
  readonly tiers: TierService;
  readonly requestIds: RequestIdService;
  readonly pageTokens: PageTokens;
  readonly propagation: PropagationService;
}

/** The rules of projects, and of who reaches which. */
export class ProjectService {
  readonly #db: Kysely<Database>;
  readonly #store: ProjectStore;
  readonly #audit: AuditService;
  readonly #tiers: TierService;
  readonly #requestIds: RequestIdService;
  readonly #pageTokens: PageTokens;
  readonly #propagation: PropagationService;
  readonly #origins = new LRUCache<string, boolean>({ max: maxOrigins, ttl: originMs });
  readonly #findOrigin: (origin: string) => Promise<boolean>;
  readonly #findOnlyForUsers: (ask: undefined) => Promise<Project | undefined>;
  /** The look-up that most calls begin with. */
  readonly #find: (publicId: string) => Promise<Project | undefined>;

  constructor({
    db,
    store,
    audit,
    tiers,
    requestIds,
    pageTokens,
    propagation,
    maxLookUps,
  }: ProjectServiceDependencies) {
    this.#db = db;
    this.#store = store;
    this.#audit = audit;
    this.#tiers = tiers;
    this.#requestIds = requestIds;
    this.#pageTokens = pageTokens;
    this.#propagation = propagation;
    // A statement that hangs keeps its place: no second one starts beside it.
    const limiter = new ConcurrencyLimiter({ max: maxLookUps, timeoutMs: lookUpMs, overloaded: busy });
    this.#find = coalesce((publicIds) => limiter.run(() => this.#findAll(publicIds)), {
      maxBatch: maxLookedUp,
      concurrency: maxLookUps,
      patience: { ms: lookUpMs, late: busy },
    });
    this.#findOnlyForUsers = coalesce((asks) => limiter.run(() => this.#onlyForUsers(asks)), {
      maxBatch: maxLookedUp,
      concurrency: 1,
      patience: { ms: lookUpMs, late: busy },
    });
    this.#findOrigin = coalesce((origins) => limiter.run(() => this.#findOrigins(origins)), {
      maxBatch: maxLookedUp,
      concurrency: 1,
      patience: { ms: lookUpMs, late: busy },
    });
  }

  /**
   * The project of a public id, as far as the caller reaches.
   *
   * @throws ProjectNotFoundError as if it were not there, when the caller may not reach it
   */
  async reach(caller: Caller, publicId: string): Promise<Project> {
    return this.#reached(caller, publicId, await this.#find(publicId));
  }

  /** The same with its logo, which is not looked up for other calls. */
  async reachWhole(caller: Caller, publicId: string): Promise<Project> {
    return this.#reached(caller, publicId, await this.#store.findWhole(this.#db, publicId));
  }

  /** The same for the trail, which outlives its project. */
  async reachEvenDeleted(caller: Caller, publicId: string): Promise<Project> {
    return this.#reached(caller, publicId, await this.#store.findByPublicIdEvenDeleted(this.#db, publicId));
  }

  /** The project of a public id, for those whom its own settings let in; undefined: there is none. */
  async named(publicId: string): Promise<Project | undefined> {
    return this.#find(publicId);
  }

  /** The origins whose pages may show a project's portal in a frame; none where there is no such project. */
  async framesOf(publicId: string): Promise<readonly string[]> {
    const { origins = [] } = (await this.#find(publicId))?.ownerAccess ?? {};
    return origins;
  }

  /** How a project looks to its owners. */
  async brandingOf({ publicId, name }: Project): Promise<Branding> {
    const whole = await this.#store.findWhole(this.#db, publicId);
    const { branding = unbranded } = whole?.ownerAccess ?? {};
    return { ...branding, name: branding.name || name };
  }

  /** The project that lets users have keys, if exactly one does. */
  async onlyForUsers(): Promise<Project | undefined> {
    return this.#findOnlyForUsers(undefined);
  }

  /** Whether pages of an origin may call for the owners of any project's keys, as it was a moment ago. */
  async knowsOrigin(origin: string): Promise<boolean> {
    let known = this.#origins.get(origin);
    if (known === undefined) {
      known = await this.#findOrigin(origin);
      this.#origins.set(origin, known);
    }
    return known;
  }

  /** The project that holds the root keys; no rpc can name it. */
  async builtIn(): Promise<Project> {
    return this.#store.builtIn(this.#db);
  }

  /** All that ever were, for their trails: the built-in one, then the others in the order of their making. */
  async *everyEvenDeleted(): AsyncGenerator<Project, void, undefined> {
    let after: bigint | undefined;
    do {
      const some = await this.#store.listEvenDeleted(this.#db, after, listed);
      yield* some;
      after = some.at(-1)?.id;
    } while (after !== undefined);
  }

  /**
   * Creates a project, or shows the one that the same request made before.
   *
   * @param named undefined: the client has not named its request
   * @throws InvalidFieldError for a key prefix of our own
   */
  async create(caller: Caller, settings: ProjectSettings, named?: NamedRequest): Promise<Project> {
    refuseOwnPrefix(settings.keyPrefix);
    if (settings.ownerAccess !== undefined) {
      checkOwnerAccess(settings.ownerAccess);
    }
    const publicId = newPublicId();
    // There is no project yet to name a request in.
    const claim = this.#requestIds.claimOf(caller, builtInProjectId, named, publicId);
    return this.#db.transaction().execute(async (tx) => {
      const earlier = await this.#requestIds.claim(tx, claim);
      if (earlier !== undefined) {
        return this.#created(tx, earlier);
      }
      await this.#holdTiers(tx, settings);
      const project = await this.#store.insert(tx, publicId, settings);
      await this.#audit.openTrail(tx, project.id);
      await this.#audit.record(tx, caller, project, "project.created", project.publicId, detailOfSettings(settings));
      return project;
    });
  }

  async query(caller: Caller, query: ListingQuery): Promise<ListedPage<Project>> {
    const scope = caller.projects === undefined ? "" : [...caller.projects].sort().join();
    const listing = resolveListing(listingSpec, scope, query, this.#pageTokens);
    return listedPage(listing, await this.#store.query(this.#db, caller.projects, listing), this.#pageTokens);
  }

  /**
   * A project from before a prefix became one of our own keeps it, also when its client sends all of it back.
   *
   * @param etag of the state that the change is meant for; empty: any
   * @throws InvalidFieldError for another key prefix of our own
   * @throws EtagMismatchError
   */
  async update(
    caller: Caller,
    publicId: string,
    changes: Partial<ProjectSettings>,
    etag = "",
  ): Promise<{ project: Project; propagation: Propagation }> {
    const { id } = await this.reach(caller, publicId);
    if (changes.ownerAccess !== undefined) {
      checkOwnerAccess(changes.ownerAccess);
    }
    const project = await this.#db.transaction().execute(async (tx) => {
      const before = await this.#existing(this.#store.lock(tx, id));
      requireEtag(etag, before);
      if (changes.keyPrefix !== undefined && changes.keyPrefix !== before.keyPrefix) {
        refuseOwnPrefix(changes.keyPrefix);
      }
      await this.#holdTiers(tx, changes);
      const after = await this.#existing(this.#store.update(tx, id, { ...before, ...changes }));
      await this.#audit.record(tx, caller, after, "project.updated", publicId, detailOfSettings(changes));
      return after;
    });
    // Nothing of it is remembered by verification: keys keep what they were made with.
    return { project, propagation: { effectiveAt: new Date(), pendingInstances: 0 } };
  }

  /**
   * @param etag as above
   * @throws EtagMismatchError
   */
  async delete(caller: Caller, publicId: string, etag = ""): Promise<Propagation> {
    const { id } = await this.reach(caller, publicId);
    const { propagation } = await this.#propagation.run(async (tx) => {
      const project = await this.#existing(this.#store.lock(tx, id));
      requireEtag(etag, project);
      await this.#store.markDeleted(tx, id);
      await this.#audit.record(tx, caller, project, "project.deleted", publicId, { name: project.name });
      return { result: undefined, touched: { kind: "project", id: project.id } };
    });
    return propagation;
  }

  /**
   * Empties deleted projects, a batch at a time.
   *
   * @param purgeKeys deletes some keys of a project and says how many
   */
  async purgeDeleted(
    purgeKeys: (tx: Executor, projectId: bigint) => Promise<number>,
    run: StepRunner = atOnce,
  ): Promise<void> {
    for (const id of await run(() => this.#store.listUnpurged(this.#db))) {
      while ((await run(() => this.#db.transaction().execute((tx) => purgeKeys(tx, id)))) > 0);
      await run(() => this.#store.markPurged(this.#db, id));
    }
  }

  /** @throws TierNotFoundError */
  async #holdTiers(tx: Executor, { defaultTier = "", ownerAccess }: Partial<ProjectSettings>): Promise<void> {
    const names = [defaultTier, ownerAccess?.defaultTier ?? ""];
    const held = await this.#tiers.holdAllForUse(tx, names);
    if (!names.every((name) => held.has(name))) {
      throw new TierNotFoundError();
    }
  }

  async #findAll(publicIds: readonly string[]): Promise<readonly (Project | undefined)[]> {
    const found = await this.#store.findByPublicIds(this.#db, [...new Set(publicIds)]);
    const byPublicId = new Map(found.map((project) => [project.publicId, project]));
    return publicIds.map((publicId) => byPublicId.get(publicId));
  }

  /** @returns the same to each who asks */
  async #onlyForUsers(asks: readonly undefined[]): Promise<readonly (Project | undefined)[]> {
    const [only, ...others] = await this.#store.findForUsers(this.#db, 2);
    return asks.map(() => (others.length === 0 ? only : undefined));
  }

  async #findOrigins(origins: readonly string[]): Promise<readonly boolean[]> {
    const found = await this.#store.findOrigins(this.#db, [...new Set(origins)]);
    return origins.map((origin) => found.has(origin));
  }

  async #created(tx: Executor, publicId: string): Promise<Project> {
    const project = await this.#store.findWhole(tx, publicId);
    if (project === undefined) {
      throw new CreatedProjectGoneError();
    }
    return project;
  }

  #reached(caller: Caller, publicId: string, project: Project | undefined): Project {
    if (project === undefined || !reaches(caller, publicId)) {
      throw new ProjectNotFoundError();
    }
    return project;
  }

  async #existing(found: Promise<Project | undefined>): Promise<Project> {
    const project = await found;
    if (project === undefined) {
      throw new ProjectNotFoundError();
    }
    return project;
  }
}

/** @throws InvalidFieldError */
function refuseOwnPrefix(keyPrefix: string): void {
  if (isOwnPrefix(keyPrefix)) {
    throw new InvalidFieldError("key_prefix", keyPrefixRule);
  }
}
