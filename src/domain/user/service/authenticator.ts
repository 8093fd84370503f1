import type { Kysely } from "kysely";
import type { Database, Executor } from "../../../platform/postgres/database.js";
import type { SecondFactorService, SecondFactorState, TotpSetUp } from "../../second_factor/service.js";
import { SessionInvalidError } from "../../session/errors.js";
import type { UserPrincipal } from "../../session/model.js";
import type { SessionService } from "../../session/service.js";
import type { UserStore } from "../interface.js";
import type { User } from "../model.js";
import type { UserService } from "../service.js";
import type { Statements } from "../statements.js";
import { authorOf, type Visitor } from "../visitor.js";
import type { SignInService } from "./sign-in.js";

export interface AuthenticatorServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: UserStore;
  readonly users: UserService;
  readonly sessions: SessionService;
  readonly signIn: SignInService;
  readonly secondFactors: SecondFactorService;
  readonly statements: Statements;
}

/** How users choose that their password is not enough. */
export class AuthenticatorService {
  readonly #of: AuthenticatorServiceDependencies;

  constructor(dependencies: AuthenticatorServiceDependencies) {
    this.#of = dependencies;
  }

  async stateOf(principal: UserPrincipal): Promise<SecondFactorState> {
    const { db, signIn, secondFactors, statements } = this.#of;
    const user = await signIn.me(principal);
    return statements.run(() => secondFactors.stateOf(db, user));
  }

  /**
   * @throws CredentialsInvalidError
   * @throws TooManyFailedLoginsError
   * @throws SecondFactorSetError
   */
  async begin(principal: UserPrincipal, password: string, visitor: Visitor): Promise<TotpSetUp> {
    const { signIn, secondFactors } = this.#of;
    const user = await signIn.withPassword(principal, password, visitor);
    return inTurn(this.#of, principal, user, (tx) => secondFactors.begin(tx, user));
  }

  /**
   * @returns recovery codes
   * @throws SecondFactorNotBegunError
   * @throws SecondFactorSetError
   * @throws InvalidFieldError
   */
  async confirm(principal: UserPrincipal, code: string, visitor: Visitor): Promise<readonly string[]> {
    const { signIn, users, secondFactors } = this.#of;
    const user = await signIn.me(principal);
    return inTurn(this.#of, principal, user, async (tx) => {
      const codes = await secondFactors.confirmIn(tx, user, code);
      await users.record(tx, authorOf(user, visitor), "user.totp_set", user, {});
      return codes;
    });
  }

  /**
   * @throws CredentialsInvalidError
   * @throws TooManyFailedLoginsError
   */
  async remove(principal: UserPrincipal, password: string, visitor: Visitor): Promise<void> {
    const { signIn, users, secondFactors } = this.#of;
    const user = await signIn.withPassword(principal, password, visitor);
    await inTurn(this.#of, principal, user, async (tx) => {
      if (await secondFactors.removeIn(tx, user)) {
        await users.record(tx, authorOf(user, visitor), "user.totp_removed", user, {});
      }
    });
  }
}

/**
 * Changes a user's factors, one change after the other: the first factor brings recovery codes, and the last takes them away.
 *
 * @throws SessionInvalidError when the session was ended meanwhile, or the user shut out or deleted
 */
export async function inTurn<Result>(
  {
    db,
    store,
    sessions,
    statements,
  }: Pick<AuthenticatorServiceDependencies, "db" | "store" | "sessions" | "statements">,
  { sessionId }: UserPrincipal,
  { publicId }: User,
  change: (tx: Executor) => Promise<Result>,
): Promise<Result> {
  return statements.run(() =>
    db.transaction().execute(async (tx) => {
      const locked = await store.lock(tx, publicId);
      if (locked === undefined || locked.disabled) {
        throw new SessionInvalidError();
      }
      await sessions.holdIn(tx, locked.id, sessionId);
      return change(tx);
    }),
  );
}
