import { TooManyFailedLoginsError } from "./errors.js";
import { Pace } from "./pace.js";
import { Throttle } from "./throttle.js";

/** From where and on what a password is tried. */
export interface Attempt {
  /** As it was typed, in lower case; it need not be anybody's. */
  readonly login: string;
  readonly clientAddress: string;
  /** What the browser is counted by, if the user has signed in with it. */
  readonly device: string | undefined;
  /** Whether the user has signed in from this address. */
  readonly isKnownAddress: boolean;
}

const perAddress = { free: 20, maxDelaySeconds: 60, maxUnderWay: 256 };
const perAccount = { free: 5, maxDelaySeconds: 30, maxUnderWay: 10 };
/** How many are told in a second that they have to wait, and for how long at most that is not told, in milliseconds. */
const refusalsPerSecond = 600;
const longestWaitMs = 1_000;
const perKnown = { free: 5, maxDelaySeconds: 30, maxUnderWay: 256 };

/**
 * Counts wrong passwords. Strangers share what an account lets through, and each address has its own; a browser, or an address, that
 * the user has signed in from has failures of its own alone.
 */
export class Attempts {
  readonly #addresses = new Throttle(perAddress);
  readonly #accounts = new Throttle(perAccount);
  readonly #known = new Throttle(perKnown);
  readonly #refusals = new Pace(refusalsPerSecond, longestWaitMs);

  /**
   * Runs a check of a password.
   *
   * @returns what it found; undefined: the password was wrong
   * @throws TooManyFailedLoginsError
   */
  async run<Found>(attempt: Attempt, check: () => Promise<Found | undefined>): Promise<Found | undefined> {
    const counted = this.#countersOf(attempt);
    const now = Date.now();
    const seconds = Math.max(...counted.map(({ throttle, name }) => throttle.secondsBlocked(name, now)));
    if (seconds > 0) {
      await this.#refusals.take();
      throw new TooManyFailedLoginsError(seconds);
    }
    const ends = counted.map(({ throttle, name }) => throttle.begin(name));
    try {
      const found = await check();
      for (const { throttle, name } of counted) {
        if (found === undefined) {
          throttle.failed(name, Date.now());
        } else if (throttle !== this.#addresses) {
          // An address that tries many accounts is not forgiven for having one of its own.
          throttle.succeeded(name);
        }
      }
      return found;
    } finally {
      for (const end of ends) {
        end();
      }
    }
  }

  #countersOf({ login, clientAddress, device, isKnownAddress }: Attempt) {
    if (device !== undefined) {
      return [{ throttle: this.#known, name: `device ${device}` }];
    }
    if (isKnownAddress) {
      return [{ throttle: this.#known, name: `${clientAddress} ${login}` }];
    }
    return [
      { throttle: this.#accounts, name: login },
      { throttle: this.#addresses, name: clientAddress },
    ];
  }
}
