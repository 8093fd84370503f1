import type { Kysely } from "kysely";
import type { Database, Executor } from "../../../platform/postgres/database.js";
import type { SecondFactorService, SecondFactorState, TotpSetUp } from "../../second_factor/service.js";
import { SessionInvalidError } from "../../session/errors.js";
import type { UserPrincipal } from "../../session/model.js";
import type { UserStore } from "../interface.js";
import type { User } from "../model.js";
import type { UserService } from "../service.js";
import { authorOf, type SignInService, type Statements, type Visitor } from "./sign-in.js";

export interface AuthenticatorServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: UserStore;
  readonly users: UserService;
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
    const { db, signIn, secondFactors, statements } = this.#of;
    const user = await signIn.withPassword(principal, password, visitor);
    return statements.run(() => secondFactors.begin(db, user));
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
    return inTurn(this.#of, user, async (tx) => {
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
    await inTurn(this.#of, user, async (tx) => {
      if (await secondFactors.removeIn(tx, user)) {
        await users.record(tx, authorOf(user, visitor), "user.totp_removed", user, {});
      }
    });
  }
}

/**
 * Changes a user's factors, one change after the other: the first factor brings recovery codes, and the last takes them away.
 *
 * @throws SessionInvalidError when the user was deleted meanwhile
 */
export async function inTurn<Result>(
  { db, store, statements }: Pick<AuthenticatorServiceDependencies, "db" | "store" | "statements">,
  { publicId }: User,
  change: (tx: Executor) => Promise<Result>,
): Promise<Result> {
  return statements.run(() =>
    db.transaction().execute(async (tx) => {
      if ((await store.lock(tx, publicId)) === undefined) {
        throw new SessionInvalidError();
      }
      return change(tx);
    }),
  );
}
