import type { Kysely } from "kysely";
import { addressBucket } from "../../../platform/address-bucket.js";
import { newPublicId } from "../../../platform/ids.js";
import type { Database, Executor } from "../../../platform/postgres/database.js";
import { digestOf } from "../../api_key/secret-format.js";
import { systemCaller } from "../../caller.js";
import { OidcAccountExistsError, OidcRoleUnknownError } from "../../identity/errors.js";
import type { BoundIdentity, ProvenIdentity } from "../../identity/model.js";
import type { BegunFlow, IdentityService } from "../../identity/service.js";
import type { SessionService } from "../../session/service.js";
import type { Devices } from "../devices.js";
import { RegistrationClosedError, UserDisabledError, UsernameTakenError } from "../errors.js";
import type { UserStore } from "../interface.js";
import { type User, type UserGrant, userRoleNumbers } from "../model.js";
import type { UserService } from "../service.js";
import type { Statements } from "../statements.js";
import { authorOf, type SignedIn, type Visitor } from "../visitor.js";
import { ownersGrant, requireFor } from "./registration.js";

export interface ProviderSignInServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: UserStore;
  readonly users: UserService;
  readonly sessions: SessionService;
  readonly identities: IdentityService;
  readonly devices: Devices;
  readonly statements: Statements;
}

/** How people come in whom a provider of OpenID Connect knows. */
export class ProviderSignInService {
  readonly #of: ProviderSignInServiceDependencies;

  constructor(dependencies: ProviderSignInServiceDependencies) {
    this.#of = dependencies;
  }

  /**
   * Sends a browser to the provider.
   *
   * @param invitation a code of an invitation or a set-up link; undefined: none
   * @param returnTo a page of our own that it is to end at; undefined: none
   * @throws OidcProviderUnavailableError
   */
  async begin(invitation: string | undefined, returnTo: string | undefined): Promise<BegunFlow> {
    return this.#of.identities.begin(invitation, returnTo);
  }

  /** The page that a sign-in is to end at, whatever comes of it. @returns undefined: none that is known */
  returnOf(sealed: string | undefined): string | undefined {
    return sealed === undefined ? undefined : this.#of.identities.returnOf(sealed);
  }

  /**
   * Begins a session for whoever has come back, another each time. Who has not been here before becomes a user by an invitation, or by
   * what the provider's claim says.
   *
   * @param sealed what the browser kept; undefined: nothing
   * @param query what it brought
   * @throws the errors of IdentityService.prove
   * @throws OidcAccountExistsError
   * @throws OidcRoleUnknownError
   * @throws RegistrationClosedError
   * @throws InvitationInvalidError
   * @throws UserDisabledError
   */
  async finish(
    sealed: string | undefined,
    query: string,
    visitor: Visitor,
  ): Promise<SignedIn & Pick<ProvenIdentity, "returnTo">> {
    const { db, identities, statements } = this.#of;
    const proven = await identities.prove(sealed, query, addressBucket(visitor.clientAddress));
    const bound = await statements.run(() => identities.find(db, proven));
    const signedIn = await (bound === undefined
      ? this.#register(proven, visitor)
      : this.#signIn(bound, proven, visitor));
    return { ...signedIn, returnTo: proven.returnTo };
  }

  async #signIn({ userId, isByClaim }: BoundIdentity, proven: ProvenIdentity, visitor: Visitor): Promise<SignedIn> {
    const { users, statements } = this.#of;
    const user = await statements.run(() => users.get(userId));
    if (isByClaim) {
      await this.#holdToClaim(user, proven, visitor);
    }
    return this.#transaction((tx) => this.#openIn(tx, user, proven, visitor));
  }

  /** A user of the claim has no more than it says now. */
  async #holdToClaim(user: User, { role }: ProvenIdentity, { clientAddress, requestId }: Visitor): Promise<void> {
    if (role === undefined) {
      throw new OidcRoleUnknownError();
    }
    if (userRoleNumbers[user.role] < userRoleNumbers[role]) {
      const { users, statements } = this.#of;
      const author = { actor: systemCaller.actor, clientAddress, requestId };
      await statements.run(() => users.lowerRole(author, user.publicId, role));
    }
  }

  /** Of names that others have, the next is tried. */
  async #register(proven: ProvenIdentity, visitor: Visitor): Promise<SignedIn> {
    for (const suffix of ["", randomSuffix(), randomSuffix()]) {
      const username = proven.username + suffix;
      try {
        return await this.#transaction(async (tx) => {
          const user = await this.#newUser(tx, username, proven, visitor);
          return this.#openIn(tx, user, proven, visitor);
        });
      } catch (error) {
        if (!(error instanceof UsernameTakenError)) {
          throw error;
        }
      }
    }
    throw new UsernameTakenError();
  }

  async #newUser(tx: Executor, username: string, proven: ProvenIdentity, visitor: Visitor): Promise<User> {
    const { store, users, identities } = this.#of;
    const { email, invitation, issuer } = proven;
    const earlier = (await store.lockByEmail(tx, email))?.user;
    if (earlier !== undefined && earlier.username !== "") {
      throw new OidcAccountExistsError();
    }
    const isByClaim = invitation === undefined;
    const invited = isByClaim ? undefined : await store.takeInvitation(tx, digestOf(invitation));
    if (!isByClaim) {
      requireFor(email, invited);
    }
    const grant = isByClaim ? this.#grantOfClaim(proven, earlier) : ownersGrant;
    const user =
      invited?.user === undefined
        ? await store.insert(
            tx,
            newPublicId(),
            { username, email, displayName: "", disabled: false, ...grant },
            undefined,
          )
        : await store.update(tx, invited.user.id, { ...invited.user, username });
    await identities.bindIn(tx, proven, user.id, isByClaim);
    const detail = { username, email, role: user.role, issuer };
    await users.record(tx, authorOf(user, visitor), "user.registered", user, detail);
    return user;
  }

  /** The claim says what may be done, and nothing of where: projects are given by those who have them. */
  #grantOfClaim({ role }: ProvenIdentity, invited: User | undefined): UserGrant {
    // Whom somebody has invited comes as what that person was invited as.
    if (!this.#of.identities.takesRoles || invited !== undefined) {
      throw new RegistrationClosedError();
    }
    if (role === undefined) {
      throw new OidcRoleUnknownError();
    }
    return { role, projectIds: [], allProjects: false };
  }

  async #transaction<Result>(task: (tx: Executor) => Promise<Result>): Promise<Result> {
    return this.#of.statements.run(() => this.#of.db.transaction().execute(task));
  }

  /** @throws UserDisabledError */
  async #openIn(tx: Executor, user: User, { issuer }: ProvenIdentity, visitor: Visitor): Promise<SignedIn> {
    const { store, users, sessions } = this.#of;
    const { clientAddress, userAgent } = visitor;
    if (!(await store.noteProvenLogin(tx, user.id))) {
      throw new UserDisabledError();
    }
    await store.noteAddress(tx, user.id, addressBucket(clientAddress));
    const session = await sessions.openIn(tx, user, "cookie", { clientAddress, userAgent });
    const detail = { session_id: session.record.publicId, kind: "cookie", issuer };
    await users.record(tx, authorOf(user, visitor), "user.signed_in", user, detail);
    return { user, session, device: this.#of.devices.mark({ publicId: user.publicId, passwordHash: undefined }) };
  }
}

function randomSuffix(): string {
  return `-${newPublicId().slice(0, 4)}`;
}
