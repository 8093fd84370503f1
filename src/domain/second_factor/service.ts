import { Aead } from "../../platform/aead.js";
import { newPublicId } from "../../platform/ids.js";
import type { Executor } from "../../platform/postgres/database.js";
import { digestOf } from "../api_key/secret-format.js";
import { InvalidFieldError } from "../domain-error.js";
import { SecondFactorNotBegunError, SecondFactorRequiredError, SecondFactorSetError } from "./errors.js";
import type { SecondFactorStore } from "./interface.js";
import { newTotpSecret, setUpOf, stepOfCode } from "./totp.js";

const recoveryCodeCount = 10;

/** Whose factor it is. */
export interface FactorUser {
  readonly id: bigint;
  readonly publicId: string;
  readonly username: string;
}

/** What an authenticator is set up by; shown this once. */
export interface TotpSetUp {
  readonly secret: string;
  readonly uri: string;
}

export interface SecondFactorState {
  readonly isSet: boolean;
  readonly recoveryCodesLeft: number;
}

/** Codes of authenticators, which a user may have to give beside the password. */
export class SecondFactorService {
  readonly #store: SecondFactorStore;
  readonly #aead: Aead;

  /** @param key 32 bytes: secrets of authenticators are sealed with it */
  constructor(store: SecondFactorStore, key: Buffer) {
    this.#store = store;
    this.#aead = new Aead(key);
  }

  async stateOf(db: Executor, user: FactorUser): Promise<SecondFactorState> {
    const stored = await this.#store.find(db, user.id);
    const recoveryCodesLeft = await this.#store.countRecoveryCodes(db, user.id);
    return { isSet: stored?.isConfirmed === true, recoveryCodesLeft };
  }

  /** Makes a secret, which counts once it is confirmed. @throws SecondFactorSetError */
  async begin(db: Executor, user: FactorUser): Promise<TotpSetUp> {
    const secret = newTotpSecret();
    if (!(await this.#store.begin(db, user.id, this.#aead.seal(secret, placeOf(user))))) {
      throw new SecondFactorSetError();
    }
    return setUpOf(secret, user.username);
  }

  /**
   * Asks for codes from now on, since the user has shown one. @returns recovery codes, shown this once
   *
   * @throws SecondFactorNotBegunError
   * @throws SecondFactorSetError
   * @throws InvalidFieldError when the code is wrong
   */
  async confirmIn(tx: Executor, user: FactorUser, code: string): Promise<readonly string[]> {
    const stored = await this.#store.find(tx, user.id);
    if (stored === undefined) {
      throw new SecondFactorNotBegunError();
    }
    if (stored.isConfirmed) {
      throw new SecondFactorSetError();
    }
    if (!(await this.#takeCode(tx, user, stored.secret, code))) {
      throw new InvalidFieldError("totp_code", "must be what the authenticator shows now");
    }
    await this.#store.confirm(tx, user.id);
    const codes = Array.from({ length: recoveryCodeCount }, newPublicId);
    const digests = codes.map((one) => digestOfCode(user, one));
    await this.#store.insertRecoveryCodes(tx, user.id, digests);
    return codes;
  }

  /** @returns whether there was one */
  async removeIn(tx: Executor, user: FactorUser): Promise<boolean> {
    return this.#store.delete(tx, user.id);
  }

  /**
   * Whether a user whose password was right may go on. A code that is good is good once.
   *
   * @param code undefined: none was sent
   * @throws SecondFactorRequiredError
   */
  async admits(db: Executor, user: FactorUser, code: string | undefined): Promise<boolean> {
    const stored = await this.#store.find(db, user.id);
    if (stored?.isConfirmed !== true) {
      return true;
    }
    if (code === undefined) {
      throw new SecondFactorRequiredError();
    }
    const typed = code.replace(/\s/g, "");
    return /^[0-9]{6}$/.test(typed)
      ? this.#takeCode(db, user, stored.secret, typed)
      : this.#store.takeRecoveryCode(db, user.id, digestOfCode(user, typed.toLowerCase()));
  }

  async #takeCode(db: Executor, user: FactorUser, sealed: Buffer, code: string): Promise<boolean> {
    const secret = this.#aead.open(sealed, placeOf(user));
    if (secret === undefined) {
      throw new Error("a stored authenticator is not under this instance's key, or was altered");
    }
    const step = stepOfCode(secret, code.replace(/\s/g, ""), Date.now());
    return step !== undefined && this.#store.takeStep(db, user.id, step);
  }
}

function placeOf({ publicId }: FactorUser): Buffer {
  return Buffer.from(`the authenticator of ${publicId}`);
}

function digestOfCode({ publicId }: FactorUser, code: string): Buffer {
  return digestOf(`${publicId} ${code}`);
}
