import { addressBucket } from "../../platform/address-bucket.js";
import { TooManyFailedLoginsError, TooManyRegistrationsError } from "./errors.js";
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

interface Counter {
  readonly throttle: Throttle;
  readonly name: string;
  /** For how long a failure counts. A counter of nothing bounds how many are under way. */
  readonly counts: "until success" | "always" | "nothing";
}

const perAddress = { free: 20, maxDelaySeconds: 60, maxUnderWay: 8 };
const perAccount = { free: 5, maxDelaySeconds: 30, maxUnderWay: 10 };
/** How many are told in a second that they have to wait, and for how long at most that is not told, in milliseconds. */
const refusalsPerSecond = 600;
const longestWaitMs = 1_000;
const perKnown = { free: 5, maxDelaySeconds: 30, maxUnderWay: 16 };
/** Of users who are known there: behind a proxy that was not set up, all of them are. */
const perKnownAddress = { free: 100, maxDelaySeconds: 60, maxUnderWay: 32 };
/** Who a name is of is asked before anything is counted, and costs a statement: less of that for whom strangers' attempts are refused. */
const perAsking = { free: 1, maxDelaySeconds: 1, maxUnderWay: 32 };
const perRefused = { ...perAsking, maxUnderWay: 4 };
/** Each takes computing, and makes a row that stays. */
const perRegistering = { free: 10, maxDelaySeconds: 600, maxUnderWay: 1 };

/**
 * Counts wrong passwords. Strangers share what an account lets through, and each address has its own; a browser, or an address, that
 * the user has signed in from has failures of its own alone, and such an address a higher limit for all who are known there. Counts
 * registrations that nobody has invited, too.
 */
export class Attempts {
  readonly #addresses = new Throttle(perAddress);
  readonly #accounts = new Throttle(perAccount);
  readonly #known = new Throttle(perKnown);
  readonly #refusals = new Pace(refusalsPerSecond, longestWaitMs);
  readonly #knownAddresses = new Throttle(perKnownAddress);
  readonly #asking = new Throttle(perAsking);
  readonly #refused = new Throttle(perRefused);
  readonly #registering = new Throttle(perRegistering);

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
      for (const { throttle, name, counts } of counted) {
        if (found === undefined && counts !== "nothing") {
          throttle.failed(name, Date.now());
        } else if (found !== undefined && counts === "until success") {
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

  /**
   * Asks who a name is of.
   *
   * @throws TooManyFailedLoginsError when the address asks too much at once
   */
  async asking<Answer>(clientAddress: string, ask: () => Promise<Answer>): Promise<Answer> {
    const name = addressBucket(clientAddress);
    const now = Date.now();
    const throttle = this.#addresses.secondsBlocked(name, now) > 0 ? this.#refused : this.#asking;
    if (throttle.secondsBlocked(name, now) > 0) {
      await this.#refusals.take();
      throw new TooManyFailedLoginsError(1);
    }
    const end = throttle.begin(name);
    try {
      return await ask();
    } finally {
      end();
    }
  }

  /**
   * Whoever registers without an invitation.
   *
   * @throws TooManyRegistrationsError
   */
  countRegistration(clientAddress: string): void {
    const name = addressBucket(clientAddress);
    const now = Date.now();
    const seconds = this.#registering.secondsBlocked(name, now);
    if (seconds > 0) {
      throw new TooManyRegistrationsError(seconds);
    }
    this.#registering.failed(name, now);
  }

  #countersOf({ login, clientAddress, device, isKnownAddress }: Attempt): readonly Counter[] {
    const address = addressBucket(clientAddress);
    if (device !== undefined) {
      // Many marks may be had by whoever has one account: their number at once is the address's.
      return [
        { throttle: this.#known, name: `device ${device}`, counts: "until success" },
        { throttle: this.#knownAddresses, name: `devices ${address}`, counts: "nothing" },
      ];
    }
    if (isKnownAddress) {
      return [
        { throttle: this.#known, name: `${address} ${login}`, counts: "until success" },
        { throttle: this.#knownAddresses, name: address, counts: "always" },
      ];
    }
    return [
      { throttle: this.#accounts, name: login, counts: "until success" },
      // An address that tries many accounts is not forgiven for having one of its own.
      { throttle: this.#addresses, name: address, counts: "always" },
    ];
  }
}
