import type { Kysely } from "kysely";
import { newPublicId } from "../../platform/ids.js";
import type { Database, Executor } from "../../platform/postgres/database.js";
import type { PublicUrl } from "../../platform/public-url.js";
import { atOnce, type StepRunner } from "../../platform/steps.js";
import { InvalidFieldError } from "../domain-error.js";
import { type ChallengePurpose, SealedChallenges } from "./challenges.js";
import {
  PasskeyExistsError,
  PasskeyLimitReachedError,
  PasskeyNameTakenError,
  PasskeyNotFoundError,
  PasskeysUnavailableError,
} from "./errors.js";
import type { NewPasskey, PasskeyStore, SpentChallenge } from "./interface.js";
import {
  challengeMs,
  freeName,
  maxPasskeys,
  type Passkey,
  type PasskeyUser,
  type RegistrationAnswer,
  type RelyingParty,
  relyingPartyOf,
  type SignInAnswer,
} from "./model.js";
import {
  type CreationOptions,
  challengeOf,
  creationOptions,
  madeCredential,
  type RequestOptions,
  requestOptions,
  signedCount,
  userHandleOf,
} from "./webauthn.js";

const purgeBatch = 1_000;

/** A passkey that was made here, and is not stored yet. */
export interface ProvenPasskey {
  readonly challenge: SpentChallenge;
  readonly credential: Omit<NewPasskey, "publicId" | "name">;
}

/** A challenge that one of the user's passkeys has signed, which is good once. */
export interface SignedChallenge {
  readonly challenge: SpentChallenge;
  readonly passkey: Passkey;
  readonly signCount: number;
}

export interface PasskeyServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: PasskeyStore;
  /** 32 bytes that only instances of one database have. */
  readonly challengeKey: Buffer;
  readonly publicUrl: PublicUrl;
}

/** Passkeys, which a user may have to show beside the password. */
export class PasskeyService {
  readonly #db: Kysely<Database>;
  readonly #store: PasskeyStore;
  readonly #challenges: SealedChallenges;
  readonly #publicUrl: PublicUrl;

  constructor({ db, store, challengeKey, publicUrl }: PasskeyServiceDependencies) {
    this.#db = db;
    this.#store = store;
    this.#challenges = new SealedChallenges(challengeKey);
    this.#publicUrl = publicUrl;
  }

  async list(db: Executor, { id }: PasskeyUser): Promise<readonly Passkey[]> {
    return this.#store.list(db, id);
  }

  async hasAny(db: Executor, { id }: PasskeyUser): Promise<boolean> {
    return (await this.#store.count(db, id)) > 0;
  }

  /**
   * What a browser makes a passkey by.
   *
   * @throws PasskeysUnavailableError
   * @throws PasskeyLimitReachedError
   */
  async creationOptions(db: Executor, user: PasskeyUser): Promise<CreationOptions> {
    const party = this.#requireParty();
    const known = await this.#store.list(db, user.id);
    if (known.length >= maxPasskeys) {
      throw new PasskeyLimitReachedError();
    }
    return creationOptions(party, user, await this.#challenge(db, "registration", user), known);
  }

  /**
   * Looks at what a browser has made.
   *
   * @throws PasskeysUnavailableError
   * @throws InvalidFieldError
   */
  async prove(user: PasskeyUser, answer: RegistrationAnswer): Promise<ProvenPasskey> {
    const party = this.#requireParty();
    const sent = challengeOf(answer) ?? "";
    const challenge = this.#challenges.open("registration", user, sent);
    const credential = challenge && (await madeCredential(party, answer, sent));
    if (challenge === undefined || credential === undefined) {
      throw refusedAnswer(party);
    }
    return { challenge, credential };
  }

  /**
   * Gives the user a passkey, who is locked by the transaction.
   *
   * @param name undefined: one is made up
   * @throws InvalidFieldError when it answers a challenge that was used before, or has ended
   * @throws PasskeyLimitReachedError
   * @throws PasskeyNameTakenError
   * @throws PasskeyExistsError
   */
  async addIn(tx: Executor, user: PasskeyUser, name: string | undefined, proven: ProvenPasskey): Promise<Passkey> {
    if (!(await this.#store.spendChallenge(tx, proven.challenge))) {
      throw refusedAnswer(this.#requireParty());
    }
    const taken = (await this.#store.list(tx, user.id)).map((one) => one.name);
    if (taken.length >= maxPasskeys) {
      throw new PasskeyLimitReachedError();
    }
    if (name !== undefined && taken.includes(name)) {
      throw new PasskeyNameTakenError();
    }
    const draft = { ...proven.credential, publicId: newPublicId(), name: name ?? freeName(taken) };
    const passkey = await this.#store.insert(tx, user.id, draft);
    if (passkey === undefined) {
      throw new PasskeyExistsError();
    }
    return passkey;
  }

  /** @throws PasskeyNotFoundError */
  async removeIn(tx: Executor, user: PasskeyUser, publicId: string): Promise<Pick<Passkey, "publicId" | "name">> {
    const removed = await this.#store.delete(tx, user.id, publicId);
    if (removed === undefined) {
      throw new PasskeyNotFoundError();
    }
    return removed;
  }

  /** What a browser asks for one of the user's passkeys by; undefined: there is none, or none can be asked for here. */
  async requestOptions(db: Executor, user: PasskeyUser): Promise<RequestOptions | undefined> {
    const party = relyingPartyOf(this.#publicUrl.base);
    const known = party && (await this.#store.list(db, user.id));
    return party === undefined || known === undefined || known.length === 0
      ? undefined
      : requestOptions(party, await this.#challenge(db, "sign-in", user), known);
  }

  /** Looks at what a browser's passkey has answered; undefined: it has signed no challenge of a sign-in of this user. */
  async signed(db: Executor, user: PasskeyUser, answer: SignInAnswer): Promise<SignedChallenge | undefined> {
    const party = relyingPartyOf(this.#publicUrl.base);
    const sent = challengeOf(answer) ?? "";
    const challenge = this.#challenges.open("sign-in", user, sent);
    if (party === undefined || challenge === undefined || isOfAnother(user, answer)) {
      return undefined;
    }
    const passkey = await this.#store.find(db, user.id, Buffer.from(answer.id, "base64url"));
    const signCount = passkey && (await signedCount(party, answer, sent, passkey));
    return passkey === undefined || signCount === undefined ? undefined : { challenge, passkey, signCount };
  }

  /**
   * Uses up a challenge that was signed.
   *
   * @param onClone called when the counter has not gone forward, so that another may have the same key
   * @returns false: it was used before, or the counter says that this passkey is not the only one
   */
  async spendIn(
    tx: Executor,
    { challenge, passkey, signCount }: SignedChallenge,
    onClone: (passkey: Passkey) => Promise<void>,
  ): Promise<boolean> {
    if (!(await this.#store.spendChallenge(tx, challenge))) {
      return false;
    }
    const use = await this.#store.noteUse(tx, passkey.publicId, signCount);
    if (use === "behind") {
      await onClone(passkey);
    }
    return use === "noted";
  }

  /** Forgets used challenges that could not be answered any more, a batch at a time. */
  async purge(run: StepRunner = atOnce): Promise<void> {
    while ((await run(() => this.#store.deleteEndedChallenges(this.#db, purgeBatch))) === purgeBatch);
  }

  async #challenge(db: Executor, purpose: ChallengePurpose, user: PasskeyUser): Promise<Buffer> {
    return this.#challenges.seal(purpose, user, await this.#store.challengeEnd(db, challengeMs));
  }

  #requireParty(): RelyingParty {
    const party = relyingPartyOf(this.#publicUrl.base);
    if (party === undefined) {
      throw new PasskeysUnavailableError();
    }
    return party;
  }
}

function isOfAnother(user: PasskeyUser, { response: { userHandle } }: SignInAnswer): boolean {
  return Boolean(userHandle) && !Buffer.from(userHandle ?? "", "base64url").equals(userHandleOf(user));
}

function refusedAnswer({ origin }: RelyingParty): InvalidFieldError {
  return new InvalidFieldError(
    "response",
    `must be what a page of ${origin} made by options of POST /api/auth/passkeys/options, once and within 5 minutes`,
  );
}
