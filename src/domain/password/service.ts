import { randomBytes, timingSafeEqual } from "node:crypto";
import { availableParallelism } from "node:os";
import { argon2id } from "../../platform/argon2.js";
import { ConcurrencyLimiter } from "../../platform/concurrency-limiter.js";
import { InvalidFieldError } from "../domain-error.js";
import { isCommon } from "./common.js";
import { SignInBusyError } from "./errors.js";
import { maxPasswordLength, minPasswordLength, parsePhc, passwordBytes, passwordCost, phcOf } from "./model.js";

const saltBytes = 16;
const derivedBytes = 32;
/** How many may wait, and how long, in milliseconds. */
const maxWaiting = 256;
const waitMs = 20_000;
/** How long the core is left to others between two where there is none to spare, in milliseconds: about as long as one takes. */
const restMs = 30;
/** Places that strangers leave to those who are known. */
const keptForKnown = 64;

/** For whom a password is hashed: somebody known from before, or anybody. Each have their turns, whatever waits of the others. */
export type Standing = "known" | "stranger";

/**
 * Hashes passwords and checks them, one at a time with rests between, or two at once where there are cores to spare: it takes a
 * core for tens of milliseconds and 19 MiB, and verification is not to wait for it.
 */
export class PasswordService {
  readonly #limiter: ConcurrencyLimiter;
  #waiting = 0;
  /** What is checked in the place of a user's hash where there is no user, so that it takes as long. No password has it. */
  readonly #decoy = { cost: passwordCost, salt: randomBytes(saltBytes), derived: randomBytes(derivedBytes) };

  constructor() {
    const hasSpareCores = availableParallelism() >= 4;
    this.#limiter = new ConcurrencyLimiter({
      max: hasSpareCores ? 2 : 1,
      restMs: hasSpareCores ? 0 : restMs,
      queueTimeoutMs: waitMs,
      overloaded: () => new SignInBusyError(),
    });
  }

  /**
   * @param field that the password is in
   * @param words what of the user's own is easily guessed
   * @throws InvalidFieldError
   */
  async requireGood(password: string, field: string, words: readonly string[], standing: Standing): Promise<void> {
    const length = [...password].length;
    if (length < minPasswordLength || length > maxPasswordLength) {
      throw new InvalidFieldError(field, `must be ${minPasswordLength} to ${maxPasswordLength} characters`, "length");
    }
    if (await this.#inTurn(() => isCommon(password, words), standing)) {
      throw new InvalidFieldError(field, "is among those that are tried first; choose another", "common");
    }
  }

  /** @throws SignInBusyError */
  async hash(password: string, standing: Standing): Promise<string> {
    const salt = randomBytes(saltBytes);
    const derived = await this.#inTurn(
      () => argon2id(passwordBytes(password), salt, passwordCost, derivedBytes),
      standing,
    );
    return phcOf({ cost: passwordCost, salt, derived });
  }

  /**
   * Whether a password is the one of a hash.
   *
   * @param phc undefined: there is no such user, which takes as long to find out
   * @throws SignInBusyError
   */
  async matches(password: string, phc: string | undefined, standing: Standing): Promise<boolean> {
    const { cost, salt, derived } = phc === undefined ? this.#decoy : parsePhc(phc);
    const bytes = passwordBytes(password);
    const given = await this.#inTurn(() => argon2id(bytes, salt, cost, derived.length), standing);
    return timingSafeEqual(given, derived) && phc !== undefined;
  }

  async #inTurn<Result>(task: () => Promise<Result>, standing: Standing): Promise<Result> {
    if (this.#waiting >= (standing === "known" ? maxWaiting : maxWaiting - keptForKnown)) {
      throw new SignInBusyError();
    }
    this.#waiting += 1;
    try {
      return await this.#limiter.run(task, standing);
    } finally {
      this.#waiting -= 1;
    }
  }
}
