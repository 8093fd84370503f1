import type { Passkey, RegistrationAnswer } from "../../passkey/model.js";
import type { PasskeyService } from "../../passkey/service.js";
import type { CreationOptions } from "../../passkey/webauthn.js";
import type { UserPrincipal } from "../../session/model.js";
import { authorOf, type Visitor } from "../visitor.js";
import { type AuthenticatorServiceDependencies, inTurn } from "./authenticator.js";

export interface UserPasskeyServiceDependencies extends AuthenticatorServiceDependencies {
  readonly passkeys: PasskeyService;
}

/** A passkey that was added just now. */
export interface AddedPasskey {
  readonly passkey: Passkey;
  /** None where the user has some. */
  readonly recoveryCodes: readonly string[];
}

/** How users keep passkeys, to show beside their passwords. */
export class UserPasskeyService {
  readonly #of: UserPasskeyServiceDependencies;

  constructor(dependencies: UserPasskeyServiceDependencies) {
    this.#of = dependencies;
  }

  async list(principal: UserPrincipal): Promise<readonly Passkey[]> {
    const { db, signIn, passkeys, statements } = this.#of;
    const user = await signIn.me(principal);
    return statements.run(() => passkeys.list(db, user));
  }

  /**
   * What a browser makes a passkey by.
   *
   * @throws CredentialsInvalidError
   * @throws TooManyFailedLoginsError
   * @throws PasskeysUnavailableError
   * @throws PasskeyLimitReachedError
   */
  async begin(principal: UserPrincipal, password: string, visitor: Visitor): Promise<CreationOptions> {
    const { db, signIn, passkeys, statements } = this.#of;
    const user = await signIn.withPassword(principal, password, visitor);
    return statements.run(() => passkeys.creationOptions(db, user));
  }

  /**
   * @param name undefined: one is made up
   * @throws PasskeysUnavailableError
   * @throws InvalidFieldError
   * @throws PasskeyLimitReachedError
   * @throws PasskeyNameTakenError
   * @throws PasskeyExistsError
   */
  async add(
    principal: UserPrincipal,
    name: string | undefined,
    answer: RegistrationAnswer,
    visitor: Visitor,
  ): Promise<AddedPasskey> {
    const { signIn, users, passkeys, secondFactors } = this.#of;
    const user = await signIn.me(principal);
    const proven = await passkeys.prove(user, answer);
    return inTurn(this.#of, principal, user, async (tx) => {
      const added = await secondFactors.addPasskeyIn(tx, user, name, proven);
      const detail = { passkey_id: added.passkey.publicId, name: added.passkey.name };
      await users.record(tx, authorOf(user, visitor), "user.passkey_added", user, detail);
      return added;
    });
  }

  /**
   * @throws CredentialsInvalidError
   * @throws TooManyFailedLoginsError
   * @throws PasskeyNotFoundError
   */
  async remove(principal: UserPrincipal, publicId: string, password: string, visitor: Visitor): Promise<void> {
    const { signIn, users, secondFactors } = this.#of;
    const user = await signIn.withPassword(principal, password, visitor);
    await inTurn(this.#of, principal, user, async (tx) => {
      const { name } = await secondFactors.removePasskeyIn(tx, user, publicId);
      const detail = { passkey_id: publicId, name };
      await users.record(tx, authorOf(user, visitor), "user.passkey_removed", user, detail);
    });
  }
}
