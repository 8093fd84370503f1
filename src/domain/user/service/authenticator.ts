import type { Kysely } from "kysely";
import type { Database } from "../../../platform/postgres/database.js";
import type { SecondFactorService, SecondFactorState, TotpSetUp } from "../../second_factor/service.js";
import type { UserPrincipal } from "../../session/model.js";
import type { UserService } from "../service.js";
import { authorOf, type SignInService, type Visitor } from "./sign-in.js";

export interface AuthenticatorServiceDependencies {
  readonly db: Kysely<Database>;
  readonly users: UserService;
  readonly signIn: SignInService;
  readonly secondFactors: SecondFactorService;
}

/** How users choose that their password is not enough. */
export class AuthenticatorService {
  readonly #of: AuthenticatorServiceDependencies;

  constructor(dependencies: AuthenticatorServiceDependencies) {
    this.#of = dependencies;
  }

  async stateOf(principal: UserPrincipal): Promise<SecondFactorState> {
    const { db, signIn, secondFactors } = this.#of;
    return secondFactors.stateOf(db, await signIn.me(principal));
  }

  /**
   * @throws CredentialsInvalidError
   * @throws TooManyFailedLoginsError
   * @throws SecondFactorSetError
   */
  async begin(principal: UserPrincipal, password: string, visitor: Visitor): Promise<TotpSetUp> {
    const { db, signIn, secondFactors } = this.#of;
    const user = await signIn.withPassword(principal, password, visitor);
    return secondFactors.begin(db, user);
  }

  /**
   * @returns recovery codes
   * @throws SecondFactorNotBegunError
   * @throws SecondFactorSetError
   * @throws InvalidFieldError
   */
  async confirm(principal: UserPrincipal, code: string, visitor: Visitor): Promise<readonly string[]> {
    const { db, signIn, users, secondFactors } = this.#of;
    const user = await signIn.me(principal);
    return db.transaction().execute(async (tx) => {
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
    const { db, signIn, users, secondFactors } = this.#of;
    const user = await signIn.withPassword(principal, password, visitor);
    await db.transaction().execute(async (tx) => {
      if (await secondFactors.removeIn(tx, user)) {
        await users.record(tx, authorOf(user, visitor), "user.totp_removed", user, {});
      }
    });
  }
}
