import type { Kysely } from "kysely";
import { LRUCache } from "lru-cache";
import { addressBucket } from "../../../platform/address-bucket.js";
import type { Database, Executor } from "../../../platform/postgres/database.js";
import { systemCaller } from "../../caller.js";
import { InvalidFieldError } from "../../domain-error.js";
import type { Passkey } from "../../passkey/model.js";
import type { PasswordService } from "../../password/service.js";
import type { Change, PropagationService } from "../../propagation/service.js";
import { SecondFactorInvalidError } from "../../second_factor/errors.js";
import type { SecondFactorProof } from "../../second_factor/model.js";
import type { SecondFactorService } from "../../second_factor/service.js";
import { SessionInvalidError } from "../../session/errors.js";
import type { ListedSession, SessionKind, UserPrincipal } from "../../session/model.js";
import type { IssuedTokens, OpenedSession, SessionService } from "../../session/service.js";
import type { Attempts } from "../attempts.js";
import type { Devices, MarkedUser } from "../devices.js";
import { CredentialsInvalidError } from "../errors.js";
import type { FoundUser, KnownUser, UserStore, UserWithPassword } from "../interface.js";
import type { User } from "../model.js";
import type { UserService } from "../service.js";
import type { Statements } from "../statements.js";
import { authorOf, type SignedIn, type Visitor } from "../visitor.js";

/** How many names are remembered that are nobody's who is known at an address, and how long, in milliseconds. */
const maxStrangers = 10_000;
const strangerMs = 60_000;

export interface SignInServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: UserStore;
  readonly users: UserService;
  readonly sessions: SessionService;
  readonly passwords: PasswordService;
  readonly secondFactors: SecondFactorService;
  readonly propagation: PropagationService;
  readonly attempts: Attempts;
  readonly devices: Devices;
  readonly statements: Statements;
}

/** How people come in, and go. */
export class SignInService {
  readonly #of: SignInServiceDependencies;
  /** Names that were tried lately from an address that is not known for them: what is refused costs no statement. */
  readonly #strangers = new LRUCache<string, true>({ max: maxStrangers, ttl: strangerMs });

  constructor(dependencies: SignInServiceDependencies) {
    this.#of = dependencies;
  }

  /**
   * Begins a session, another each time.
   *
   * @param login a username or an address
   * @param proof what is sent beside the password
   * @throws CredentialsInvalidError
   * @throws SecondFactorRequiredError when the password is right, and is not enough
   * @throws SecondFactorInvalidError
   * @throws TooManyFailedLoginsError
   * @throws SignInBusyError
   */
  async login(login: string, password: string, visitor: Visitor, proof: SecondFactorProof): Promise<SignedIn> {
    const { found, entered: session } = await this.#authenticated(login, password, visitor, (user) =>
      this.#admitted(user, proof, visitor, (tx) => this.#openIn(tx, user, "cookie", visitor)),
    );
    return { user: found.user, session, device: this.#of.devices.mark(markedOf(found)) };
  }

  /** The same for programs, which keep tokens in the place of a cookie. */
  async loginForTokens(
    login: string,
    password: string,
    visitor: Visitor,
    proof: SecondFactorProof,
  ): Promise<IssuedTokens> {
    const { sessions } = this.#of;
    const { entered } = await this.#authenticated(login, password, visitor, async (user) => {
      await sessions.readyToIssue();
      return this.#admitted(user, proof, visitor, async (tx) => {
        const { record } = await this.#openIn(tx, user, "tokens", visitor);
        return sessions.issueTokensIn(tx, record);
      });
    });
    return entered;
  }

  /** Tokens of a session that goes on. @throws SessionInvalidError */
  async issueTokens({ sessionId }: UserPrincipal): Promise<IssuedTokens> {
    return this.#of.statements.run(() => this.#of.sessions.issueTokens(sessionId));
  }

  /** New tokens for a refresh token. One that comes twice ends its session. @throws RefreshTokenInvalidError */
  async refresh(refreshToken: string, visitor: Visitor): Promise<IssuedTokens> {
    const { sessions, users, statements } = this.#of;
    return statements.run(() =>
      sessions.refresh(refreshToken, async (tx, { user, publicId }) => {
        // Nobody knows who sent it.
        const author = { ...authorOf(user, visitor), actor: systemCaller.actor };
        await users.record(tx, author, "user.refresh_token_replayed", user, { session_id: publicId });
      }),
    );
  }

  /** Ends the session, in force everywhere when this returns. */
  async logout(principal: UserPrincipal, visitor: Visitor): Promise<void> {
    const user = await this.me(principal);
    await this.#change(async (tx) => {
      // Of several at once, one ends it.
      if (await this.#of.sessions.endIn(tx, user.id, principal.sessionId)) {
        const detail = { session_id: principal.sessionId };
        await this.#of.users.record(tx, authorOf(user, visitor), "user.signed_out", user, detail);
      }
      return { result: undefined, touched: { kind: "user", id: user.id } };
    });
  }

  /** The user of a session. @throws SessionInvalidError */
  async me({ userId }: UserPrincipal): Promise<User> {
    const user = await this.#of.statements.run(() => this.#of.store.find(this.#of.db, userId));
    if (user === undefined) {
      throw new SessionInvalidError();
    }
    return user;
  }

  /**
   * Changes the password, and ends all other sessions.
   *
   * @throws CredentialsInvalidError when the current one is wrong, or was changed meanwhile
   * @throws SessionInvalidError when the session was ended meanwhile
   * @throws InvalidFieldError
   * @throws TooManyFailedLoginsError
   */
  async changePassword(
    principal: UserPrincipal,
    { current, next }: { readonly current: string; readonly next: string },
    visitor: Visitor,
  ): Promise<void> {
    const { store, users, sessions, passwords } = this.#of;
    const user = await this.me(principal);
    const { found: checked } = await this.#authenticated(user.username, current, visitor, async () => true);
    const checkedHash = checked.user.id === user.id ? checked.passwordHash : undefined;
    if (next === current) {
      throw new InvalidFieldError("new_password", "must be another than the current one", "same");
    }
    await passwords.requireGood(next, "new_password", [user.username, ...user.email.split("@")], "known");
    const passwordHash = await passwords.hash(next, "known");
    await this.#change(async (tx) => {
      if (checkedHash === undefined || !(await store.replacePassword(tx, user.id, checkedHash, passwordHash))) {
        throw new CredentialsInvalidError();
      }
      await sessions.holdIn(tx, user.id, principal.sessionId);
      await sessions.endAllIn(tx, user.id, principal.sessionId);
      // Whoever else had the old one is a stranger from now on.
      await store.forgetAddresses(tx, user.id);
      await store.noteAddress(tx, user.id, addressBucket(visitor.clientAddress));
      await users.record(tx, authorOf(user, visitor), "user.password_changed", user, {});
      return { result: undefined, touched: { kind: "user", id: user.id } };
    });
  }

  /**
   * The user of a session, who has given the password anew.
   *
   * @throws CredentialsInvalidError
   * @throws TooManyFailedLoginsError
   */
  async withPassword(principal: UserPrincipal, password: string, visitor: Visitor): Promise<User> {
    const user = await this.me(principal);
    await this.#authenticated(user.username, password, visitor, async () => true);
    return user;
  }

  async sessionsOf(principal: UserPrincipal): Promise<readonly ListedSession[]> {
    const { id } = await this.me(principal);
    return this.#of.statements.run(() => this.#of.sessions.list(id));
  }

  /** Ends one session of the user's own. @throws SessionNotFoundError */
  async endSession(principal: UserPrincipal, publicId: string, visitor: Visitor): Promise<void> {
    const { sessions, users, statements } = this.#of;
    const user = await this.me(principal);
    const record = (tx: Executor) =>
      users.record(tx, authorOf(user, visitor), "user.session_ended", user, { session_id: publicId });
    await statements.run(() => sessions.end(user.id, publicId, record));
  }

  /** Ends all of the user's sessions but this one. */
  async endOtherSessions(principal: UserPrincipal, visitor: Visitor): Promise<void> {
    const user = await this.me(principal);
    await this.#change(async (tx) => {
      // Before the sessions, as all who end several.
      await this.#of.store.lock(tx, user.publicId);
      await this.#of.sessions.endAllIn(tx, user.id, principal.sessionId);
      await this.#of.users.record(tx, authorOf(user, visitor), "user.sessions_revoked", user, {});
      return { result: undefined, touched: { kind: "user", id: user.id } };
    });
  }

  /** @param enter what follows; undefined, as where more than the password is wrong, counts as a wrong password */
  async #authenticated<Entered>(
    login: string,
    password: string,
    visitor: Visitor,
    enter: (found: FoundUser) => Promise<Entered | undefined>,
  ): Promise<{ readonly found: FoundUser; readonly entered: Entered }> {
    const { clientAddress } = visitor;
    const name = login.trim().toLowerCase();
    const known = await this.#knownUnlessStranger(name, visitor);
    const isKnownAddress = known?.isKnownAddress === true;
    const device = known?.found && this.#of.devices.nameOf(markedOf(known.found), visitor.device);
    const standing = device !== undefined || isKnownAddress ? "known" : "stranger";
    let matched = false;
    const outcome = await this.#of.attempts.run({ login: name, clientAddress, device, isKnownAddress }, async () => {
      const { found } = known ?? (await this.#knownAt(name, clientAddress));
      const matches = await this.#of.passwords.matches(password, found?.passwordHash, standing);
      if (!matches || found?.user.disabled !== false) {
        return undefined;
      }
      matched = true;
      const entered = await enter(found);
      return entered === undefined ? undefined : { found, entered };
    });
    if (outcome === undefined) {
      throw matched ? new SecondFactorInvalidError() : new CredentialsInvalidError();
    }
    this.#strangers.delete(placeOf(name, clientAddress));
    return outcome;
  }

  /** Lets in who has sent what is needed beside the password, and uses it up by that. @returns undefined: it was wrong */
  async #admitted<Entered>(
    { user, hasSecondFactor }: FoundUser,
    proof: SecondFactorProof,
    visitor: Visitor,
    enterIn: (tx: Executor) => Promise<Entered>,
  ): Promise<Entered | undefined> {
    const { db, store, users, secondFactors, statements } = this.#of;
    const verdict = hasSecondFactor ? await statements.run(() => secondFactors.judge(db, user, proof)) : "not needed";
    if (verdict === "wrong") {
      return undefined;
    }
    if (verdict === "not needed") {
      return this.#transaction(enterIn);
    }
    // Nobody knows who sent it.
    const author = { ...authorOf(user, visitor), actor: systemCaller.actor };
    return this.#transaction(async (tx) => {
      const onClone = ({ publicId, name }: Passkey) =>
        users.record(tx, author, "user.passkey_clone_suspected", user, { passkey_id: publicId, name });
      // Before the factors, as whoever changes them.
      await store.lock(tx, user.publicId);
      return (await verdict(tx, onClone)) ? enterIn(tx) : undefined;
    });
  }

  /** Undefined: memory says that nobody of that name is known there. */
  async #knownUnlessStranger(login: string, { clientAddress, device }: Visitor): Promise<KnownUser | undefined> {
    const place = placeOf(login, clientAddress);
    if (device === undefined && this.#strangers.get(place) === true) {
      return undefined;
    }
    const known = await this.#of.attempts.asking(clientAddress, () => this.#knownAt(login, clientAddress));
    if (!known.isKnownAddress) {
      this.#strangers.set(place, true);
    }
    return known;
  }

  async #knownAt(login: string, clientAddress: string): Promise<KnownUser> {
    const { db, store, statements } = this.#of;
    return statements.run(() => store.knownAt(db, login, addressBucket(clientAddress)));
  }

  async #transaction<Result>(task: (tx: Executor) => Promise<Result>): Promise<Result> {
    return this.#of.statements.run(() => this.#of.db.transaction().execute(task));
  }

  /** Makes a change that every instance is to know of. */
  async #change(task: (tx: Executor) => Promise<Change<void>>): Promise<void> {
    await this.#of.statements.run(() => this.#of.propagation.run(task));
  }

  /** @throws CredentialsInvalidError when the user has another password, a first factor or none any more, or was shut out, since this was found */
  async #openIn(tx: Executor, found: FoundUser, kind: SessionKind, visitor: Visitor): Promise<OpenedSession> {
    const { store, users, sessions } = this.#of;
    const { clientAddress, userAgent } = visitor;
    if (!(await store.noteLogin(tx, found, addressBucket(clientAddress)))) {
      throw new CredentialsInvalidError();
    }
    const { user } = found;
    const session = await sessions.openIn(tx, user, kind, { clientAddress, userAgent });
    const detail = { session_id: session.record.publicId, kind };
    await users.record(tx, authorOf(user, visitor), "user.signed_in", user, detail);
    return session;
  }
}

function markedOf({ user, passwordHash }: UserWithPassword): MarkedUser {
  return { publicId: user.publicId, passwordHash };
}

function placeOf(login: string, clientAddress: string): string {
  return `${addressBucket(clientAddress)} ${login}`;
}
