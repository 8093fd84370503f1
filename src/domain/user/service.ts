import type { Kysely } from "kysely";
import { newPublicId } from "../../platform/ids.js";
import type { Database, Executor } from "../../platform/postgres/database.js";
import type { PublicUrl } from "../../platform/public-url.js";
import { atOnce, type StepRunner } from "../../platform/steps.js";
import { digestOf, newSecret } from "../api_key/secret-format.js";
import type { AuditAction, Detail } from "../audit/model.js";
import type { AuditService } from "../audit/service.js";
import { type Author, type Caller, systemCaller } from "../caller.js";
import { InvalidFieldError } from "../domain-error.js";
import { requireEtag } from "../etag/model.js";
import { type ListedPage, type ListingQuery, listedPage, resolveListing } from "../listing/listing.js";
import type { PageTokens } from "../listing/page-token.js";
import { builtInProjectId } from "../project/model.js";
import type { ProjectService } from "../project/service.js";
import type { Propagation } from "../propagation/model.js";
import type { PropagationService } from "../propagation/service.js";
import { PublicUrlMissingError } from "../public_url/errors.js";
import { missingScopes } from "../scope.js";
import { SessionInvalidError } from "../session/errors.js";
import type { SessionService } from "../session/service.js";
import { GrantAboveOwnError, LastOwnerError, UserEmailTakenError, UserNotFoundError } from "./errors.js";
import type { UserStore } from "./interface.js";
import {
  emailOf,
  invitationPrefix,
  projectsOfGrant,
  scopesOfRole,
  setupPrefix,
  type User,
  type UserGrant,
  type UserRole,
  type UserSettings,
  userFilters,
  userRoleNumbers,
  userSorts,
} from "./model.js";

const listingSpec = { name: "users", filters: userFilters, sorts: userSorts, defaultSort: "created_at" } as const;

const invitationMs = 7 * 24 * 60 * 60_000;
const setupMs = 24 * 60 * 60_000;
const purgeBatch = 1_000;
const rolePrefix = "USER_ROLE_";

/** Users belong to the instance itself, and so do their events. */
const instance = { id: builtInProjectId };

export interface UserServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: UserStore;
  readonly audit: AuditService;
  readonly projects: ProjectService;
  readonly sessions: SessionService;
  readonly pageTokens: PageTokens;
  readonly propagation: PropagationService;
  readonly publicUrl: PublicUrl;
}

/** A link that is good once. */
export interface InvitationLink {
  readonly url: string;
  readonly expiresAt: Date;
}

/** A user after a change, and from when that is in force. */
export interface ChangedUser {
  readonly user: User;
  readonly propagation: Propagation;
}

/** The people who run Altalune: who they are and what they may do. How they sign in is the sign-in service's. */
export class UserService {
  readonly #of: UserServiceDependencies;

  constructor(dependencies: UserServiceDependencies) {
    this.#of = dependencies;
  }

  async query(query: ListingQuery): Promise<ListedPage<User>> {
    const { db, store, pageTokens } = this.#of;
    const listing = resolveListing(listingSpec, "", query, pageTokens);
    const roles = listing.filters.get("role");
    const filters = new Map(listing.filters);
    if (roles !== undefined) {
      filters.set("role", roles.map(roleOf));
    }
    return listedPage(listing, await store.query(db, { ...listing, filters }), pageTokens);
  }

  /** @throws UserNotFoundError */
  async get(publicId: string): Promise<User> {
    return existing(await this.#of.store.find(this.#of.db, publicId));
  }

  /**
   * Invites a person, or invites again who has not come yet: the link before ends.
   *
   * @throws GrantAboveOwnError
   * @throws ProjectNotFoundError
   * @throws UserEmailTakenError when the person has registered
   * @throws PublicUrlMissingError
   */
  async invite(
    caller: Caller,
    address: string,
    grant: UserGrant,
  ): Promise<{ readonly user: User; readonly link: InvitationLink }> {
    const { db, store } = this.#of;
    const base = this.#base();
    await this.#requireGrantable(caller, grant);
    const email = emailOf(address);
    const code = newSecret(invitationPrefix);
    return db.transaction().execute(async (tx) => {
      await this.#lockOwners(tx, caller);
      const earlier = await store.lockByEmail(tx, email);
      if (earlier !== undefined && earlier.user.username !== "") {
        throw new UserEmailTakenError();
      }
      const settings = { username: "", email, displayName: "", disabled: false, ...grant };
      const user =
        earlier === undefined
          ? await store.insert(tx, newPublicId(), settings, undefined)
          : await this.#invitedAgain(tx, caller, earlier.user, grant);
      const expiresAt = await store.invite(tx, digestOf(code), user.id, invitationMs);
      const action = earlier === undefined ? "user.created" : "user.invited";
      await this.record(tx, caller, action, user, { email, ...grantDetail(grant) });
      return { user, link: { url: `${base}/console/register#code=${code}`, expiresAt } };
    });
  }

  /**
   * A link by which whoever opens it becomes an owner, for those who hold the database or have just started the service.
   *
   * @throws PublicUrlMissingError
   */
  async setupLink(caller: Caller): Promise<InvitationLink> {
    return this.#of.db.transaction().execute((tx) => this.#setupLinkIn(tx, caller));
  }

  /** The same for the first start of all. Of several servers that start at once, one makes it. @returns undefined when there was one, or no link can be made */
  async firstSetupLink(): Promise<InvitationLink | undefined> {
    const { db, store, publicUrl } = this.#of;
    if (publicUrl.base === undefined) {
      return undefined;
    }
    return db
      .transaction()
      .execute(async (tx) => ((await store.claimFirstSetup(tx)) ? this.#setupLinkIn(tx, systemCaller) : undefined));
  }

  /**
   * @param etag of the state that the change is meant for; empty: any
   * @throws UserNotFoundError
   * @throws EtagMismatchError
   * @throws GrantAboveOwnError
   * @throws LastOwnerError
   * @throws UsernameTakenError
   * @throws UserEmailTakenError
   * @throws ProjectNotFoundError
   */
  async update(caller: Caller, publicId: string, changes: Partial<UserSettings>, etag = ""): Promise<ChangedUser> {
    const { store, sessions, propagation } = this.#of;
    for (const projectId of changes.projectIds ?? []) {
      await this.#of.projects.reach(caller, projectId);
    }
    const { result: user, propagation: propagated } = await propagation.run(async (tx) => {
      const owners = await this.#lockOwners(tx, caller);
      const before = existing(await store.lock(tx, publicId));
      const after = { ...before, ...changes };
      requireReach(caller, before);
      requireEtag(etag, before);
      requireReach(caller, after);
      if (before.username === "" && changes.username !== undefined) {
        throw new InvalidFieldError("username", "is chosen by the person who was invited, and then may be changed");
      }
      if (after.role !== "owner" || after.disabled) {
        requireOtherOwner(owners, before);
      }
      const updated = await store.update(tx, before.id, after);
      if (changes.role !== undefined) {
        await store.releaseFromClaim(tx, before.id);
      }
      if (after.disabled) {
        await sessions.endAllIn(tx, before.id);
      }
      await this.record(tx, caller, "user.updated", updated, changesDetail(changes));
      return { result: updated, touched: { kind: "user", id: before.id } };
    });
    return { user, propagation: propagated };
  }

  /**
   * Takes from a user what goes beyond a role; nobody is given any by it. The last owner stays one.
   *
   * @throws UserNotFoundError
   */
  async lowerRole(author: Author, publicId: string, role: UserRole): Promise<void> {
    const { store, propagation } = this.#of;
    await propagation.run(async (tx) => {
      const owners = await store.lockActiveOwners(tx);
      const before = existing(await store.lock(tx, publicId));
      if (userRoleNumbers[before.role] < userRoleNumbers[role] && !isLastOwner(owners, before)) {
        const updated = await store.update(tx, before.id, { ...before, role });
        await this.record(tx, author, "user.updated", updated, { role });
      }
      return { result: undefined, touched: { kind: "user", id: before.id } };
    });
  }

  /**
   * @param etag of the state that the change is meant for; empty: any
   * @throws UserNotFoundError
   * @throws EtagMismatchError
   * @throws GrantAboveOwnError
   * @throws LastOwnerError
   */
  async delete(caller: Caller, publicId: string, etag = ""): Promise<Propagation> {
    const { store, sessions, propagation } = this.#of;
    const { propagation: propagated } = await propagation.run(async (tx) => {
      const owners = await this.#lockOwners(tx, caller);
      const user = existing(await store.lock(tx, publicId));
      requireReach(caller, user);
      requireEtag(etag, user);
      requireOtherOwner(owners, user);
      // They would go with the user, but in no order, in which others lock them.
      await sessions.endAllIn(tx, user.id);
      await store.delete(tx, user.id);
      await this.record(tx, caller, "user.deleted", user, { username: user.username, email: user.email });
      return { result: undefined, touched: { kind: "user", id: user.id } };
    });
    return propagated;
  }

  /**
   * @throws UserNotFoundError
   * @throws GrantAboveOwnError
   */
  async revokeSessions(caller: Caller, publicId: string): Promise<Propagation> {
    const { store, sessions, propagation } = this.#of;
    const { propagation: propagated } = await propagation.run(async (tx) => {
      await this.#lockOwners(tx, caller);
      const user = existing(await store.lock(tx, publicId));
      requireReach(caller, user);
      await sessions.endAllIn(tx, user.id);
      await this.record(tx, caller, "user.sessions_revoked", user, {});
      return { result: undefined, touched: { kind: "user", id: user.id } };
    });
    return propagated;
  }

  /** Forgets invitations that have ended, and addresses that nobody signed in from for long, a batch at a time. */
  async purge(run: StepRunner = atOnce): Promise<void> {
    const { store, db } = this.#of;
    while ((await run(() => store.deleteEndedInvitations(db, purgeBatch))) === purgeBatch);
    while ((await run(() => store.deleteOldAddresses(db, purgeBatch))) === purgeBatch);
  }

  /** Writes an event of a user into the instance's own trail, last in the transaction. */
  async record(
    tx: Executor,
    caller: Author,
    action: AuditAction,
    user: Pick<User, "publicId">,
    detail: Detail,
  ): Promise<void> {
    await this.#of.audit.record(tx, caller, instance, action, user.publicId, detail);
  }

  /**
   * Keeps who may change users from being changed until the transaction ends. A user who calls has to be one of them still: the call
   * may have waited while somebody took that away.
   *
   * @returns the owners who can sign in
   * @throws SessionInvalidError
   */
  async #lockOwners(tx: Executor, { userId, sessionId }: Caller): Promise<readonly bigint[]> {
    const { store, sessions } = this.#of;
    const owners = await store.lockActiveOwners(tx);
    if (userId !== undefined && sessionId !== undefined) {
      const user = await store.find(tx, userId);
      if (user === undefined || !owners.includes(user.id)) {
        throw new SessionInvalidError();
      }
      await sessions.holdIn(tx, user.id, sessionId);
    }
    return owners;
  }

  async #setupLinkIn(tx: Executor, caller: Caller): Promise<InvitationLink> {
    const base = this.#base();
    const code = newSecret(setupPrefix);
    const expiresAt = await this.#of.store.invite(tx, digestOf(code), undefined, setupMs);
    await this.#of.audit.record(tx, caller, instance, "setup_link.created", "", {
      expires_at: expiresAt.toISOString(),
    });
    return { url: `${base}/console/setup#code=${code}`, expiresAt };
  }

  async #invitedAgain(tx: Executor, caller: Caller, user: User, grant: UserGrant): Promise<User> {
    requireReach(caller, user);
    return this.#of.store.update(tx, user.id, { ...user, ...grant });
  }

  async #requireGrantable(caller: Caller, grant: UserGrant): Promise<void> {
    requireReach(caller, grant);
    for (const projectId of grant.projectIds) {
      await this.#of.projects.reach(caller, projectId);
    }
  }

  #base(): string {
    const { base } = this.#of.publicUrl;
    if (base === undefined) {
      throw new PublicUrlMissingError();
    }
    return base;
  }
}

function existing(user: User | undefined): User {
  if (user === undefined) {
    throw new UserNotFoundError();
  }
  return user;
}

/** @throws LastOwnerError when the user is the only owner who can sign in */
function requireOtherOwner(owners: readonly bigint[], user: User): void {
  if (isLastOwner(owners, user)) {
    throw new LastOwnerError();
  }
}

function isLastOwner(owners: readonly bigint[], { id }: User): boolean {
  return owners.length === 1 && owners[0] === id;
}

/**
 * Holds callers to grants that they have themselves. A viewer of no project reaches nothing, so anybody may make one who may make
 * users.
 *
 * @throws GrantAboveOwnError
 */
function requireReach(caller: Caller, grant: UserGrant): void {
  const projects = projectsOfGrant(grant);
  if (grant.role === "viewer" && projects?.size === 0) {
    return;
  }
  const { projects: reached } = caller;
  const reachesAll = reached === undefined || (projects !== undefined && [...projects].every((id) => reached.has(id)));
  // A pattern stands for scopes that are to come as well: only who has all of them gives it.
  const scopes = scopesOfRole[grant.role].map((scope) => (scope === "*" ? "any:scope" : scope));
  if (!reachesAll || missingScopes(caller.scopes, scopes).length > 0) {
    throw new GrantAboveOwnError();
  }
}

/** @throws InvalidFieldError */
function roleOf(name: string): string {
  const role = name.startsWith(rolePrefix) ? name.slice(rolePrefix.length).toLowerCase() : "";
  // Not `in`: every object has a constructor.
  if (!Object.hasOwn(userRoleNumbers, role)) {
    const names = Object.keys(userRoleNumbers).map((known) => rolePrefix + known.toUpperCase());
    throw new InvalidFieldError("query.filters", `role must be one of ${names.join(", ")}`);
  }
  return role;
}

function grantDetail({ role, projectIds, allProjects }: UserGrant): Detail {
  return { role, project_ids: projectIds, all_projects: allProjects };
}

function changesDetail(changes: Partial<UserSettings>): Detail {
  return {
    username: changes.username,
    email: changes.email,
    display_name: changes.displayName,
    role: changes.role,
    project_ids: changes.projectIds,
    all_projects: changes.allProjects,
    disabled: changes.disabled,
  };
}
