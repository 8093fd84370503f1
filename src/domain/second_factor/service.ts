import { Aead } from "../../platform/aead.js";
import { newPublicId } from "../../platform/ids.js";
import type { Executor } from "../../platform/postgres/database.js";
import { digestOf } from "../api_key/secret-format.js";
import { InvalidFieldError } from "../domain-error.js";
import type { Passkey } from "../passkey/model.js";
import type { PasskeyService, ProvenPasskey } from "../passkey/service.js";
import { SecondFactorNotBegunError, SecondFactorRequiredError, SecondFactorSetError } from "./errors.js";
import type { SecondFactorStore } from "./interface.js";
import type { FactorUser, SecondFactorProof } from "./model.js";
import { newTotpSecret, setUpOf, stepOfCode } from "./totp.js";

const recoveryCodeCount = 10;

/** What an authenticator is set up by; shown this once. */
export interface TotpSetUp {
  readonly secret: string;
  readonly uri: string;
}

export interface SecondFactorState {
  readonly isSet: boolean;
  readonly recoveryCodesLeft: number;
}

/**
 * Uses up what was sent, in the transaction that lets its user in, who is locked by it: it is good once.
 *
 * @param onClone called when a passkey's counter has not gone forward
 * @returns false: it was used before
 */
export type SpendFactor = (tx: Executor, onClone: (passkey: Passkey) => Promise<void>) => Promise<boolean>;

export type FactorVerdict = "not needed" | "wrong" | SpendFactor;

export interface SecondFactorServiceDependencies {
  readonly store: SecondFactorStore;
  readonly passkeys: PasskeyService;
  /** 32 bytes: secrets of authenticators are sealed with it. */
  readonly totpKey: Buffer;
}

/** What a user may have to show beside the password: a code of an authenticator or a passkey, or a recovery code in their place. */
export class SecondFactorService {
  readonly #store: SecondFactorStore;
  readonly #passkeys: PasskeyService;
  readonly #aead: Aead;

  constructor({ store, passkeys, totpKey }: SecondFactorServiceDependencies) {
    this.#store = store;
    this.#passkeys = passkeys;
    this.#aead = new Aead(totpKey);
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
   * Asks for codes from now on, since the user, who is locked by the transaction, has shown one.
   *
   * @returns recovery codes, shown this once; none where a passkey brought some
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
    const step = this.#stepOf(user, stored.secret, code.replace(/\s/g, ""));
    if (step === undefined || !(await this.#store.takeStep(tx, user.id, step))) {
      throw new InvalidFieldError("totp_code", "must be what the authenticator shows now");
    }
    const isFirst = !(await this.#passkeys.hasAny(tx, user));
    await this.#store.confirm(tx, user.id);
    return isFirst ? this.#newRecoveryCodes(tx, user) : [];
  }

  /** Takes the authenticator from a user who is locked by the transaction. @returns whether there was one */
  async removeIn(tx: Executor, user: FactorUser): Promise<boolean> {
    const isRemoved = await this.#store.delete(tx, user.id);
    await this.#forgetCodesAfterLast(tx, user);
    return isRemoved;
  }

  /**
   * Asks for a passkey from now on, from a user who is locked by the transaction.
   *
   * @param name undefined: one is made up
   * @returns recovery codes too, shown this once; none where the user has some
   * @throws the errors of PasskeyService.addIn
   */
  async addPasskeyIn(
    tx: Executor,
    user: FactorUser,
    name: string | undefined,
    proven: ProvenPasskey,
  ): Promise<{ readonly passkey: Passkey; readonly recoveryCodes: readonly string[] }> {
    const isFirst = !(await this.#hasAny(tx, user));
    const passkey = await this.#passkeys.addIn(tx, user, name, proven);
    return { passkey, recoveryCodes: isFirst ? await this.#newRecoveryCodes(tx, user) : [] };
  }

  /** Takes a passkey from a user who is locked by the transaction. @throws PasskeyNotFoundError */
  async removePasskeyIn(tx: Executor, user: FactorUser, publicId: string): Promise<Pick<Passkey, "publicId" | "name">> {
    const removed = await this.#passkeys.removeIn(tx, user, publicId);
    await this.#forgetCodesAfterLast(tx, user);
    return removed;
  }

  /**
   * Whether a user whose password was right may go on, as far as can be said without using anything up. A login asks
   * `altalune_has_second_factor` of migration 0032 first: another kind of factor is added there, too.
   *
   * @throws SecondFactorRequiredError when nothing was sent, and something is needed
   */
  async judge(db: Executor, user: FactorUser, { code, passkey }: SecondFactorProof): Promise<FactorVerdict> {
    const stored = await this.#store.find(db, user.id);
    const totp = stored?.isConfirmed === true ? stored : undefined;
    if (totp === undefined && !(await this.#passkeys.hasAny(db, user))) {
      return "not needed";
    }
    if (passkey !== undefined) {
      const signed = await this.#passkeys.signed(db, user, passkey);
      return signed === undefined ? "wrong" : (tx, onClone) => this.#passkeys.spendIn(tx, signed, onClone);
    }
    if (code === undefined) {
      const passkeyOptions = await this.#passkeys.requestOptions(db, user);
      throw new SecondFactorRequiredError({ totp: totp !== undefined, passkeyOptions });
    }
    const typed = code.replace(/\s/g, "");
    if (!/^[0-9]{6}$/.test(typed)) {
      const digest = digestOfCode(user, typed.toLowerCase());
      return (tx) => this.#store.takeRecoveryCode(tx, user.id, digest);
    }
    const step = totp && this.#stepOf(user, totp.secret, typed);
    return step === undefined ? "wrong" : (tx) => this.#store.takeStep(tx, user.id, step);
  }

  async #hasAny(tx: Executor, user: FactorUser): Promise<boolean> {
    const stored = await this.#store.find(tx, user.id);
    return stored?.isConfirmed === true || this.#passkeys.hasAny(tx, user);
  }

  async #newRecoveryCodes(tx: Executor, user: FactorUser): Promise<readonly string[]> {
    const codes = Array.from({ length: recoveryCodeCount }, newPublicId);
    const digests = codes.map((one) => digestOfCode(user, one));
    await this.#store.insertRecoveryCodes(tx, user.id, digests);
    return codes;
  }

  async #forgetCodesAfterLast(tx: Executor, user: FactorUser): Promise<void> {
    if (!(await this.#hasAny(tx, user))) {
      await this.#store.deleteRecoveryCodes(tx, user.id);
    }
  }

  /** Of which step of the clock a code is; undefined: of none about now. */
  #stepOf(user: FactorUser, sealed: Buffer, code: string): number | undefined {
    const secret = this.#aead.open(sealed, placeOf(user));
    if (secret === undefined) {
      throw new Error("a stored authenticator is not under this instance's key, or was altered");
    }
    return stepOfCode(secret, code, Date.now());
  }
}

function placeOf({ publicId }: FactorUser): Buffer {
  return Buffer.from(`the authenticator of ${publicId}`);
}

function digestOfCode({ publicId }: FactorUser, code: string): Buffer {
  return digestOf(`${publicId} ${code}`);
}
