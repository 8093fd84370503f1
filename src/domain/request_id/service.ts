import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { Kysely } from "kysely";
import type { Database, Executor } from "../../platform/postgres/database.js";
import { atOnce, type StepRunner } from "../../platform/steps.js";
import type { Author } from "../caller.js";
import { RequestIdReusedError } from "./errors.js";
import type { RequestIdStore } from "./interface.js";
import { type Claim, isSameRequest, type NamedRequest, placeText, type RequestIdPlace } from "./model.js";

const purgeBatch = 1000;

export interface RequestIdServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: RequestIdStore;
  /** 32 bytes, the same on all instances. */
  readonly digestKey: Buffer;
}

/**
 * Sees to it that the work of a request that its client named is done once, however often it is sent and to whichever instance.
 *
 * The name is claimed in the transaction that does the work, as its first lock: if that comes to nothing, so does the claim, and
 * whoever sends the request again meanwhile waits for the outcome.
 */
export class RequestIdService {
  readonly #db: Kysely<Database>;
  readonly #store: RequestIdStore;
  readonly #digestKey: KeyObject;

  constructor({ db, store, digestKey }: RequestIdServiceDependencies) {
    this.#db = db;
    this.#store = store;
    this.#digestKey = createSecretKey(digestKey);
  }

  /**
   * What is to be claimed for a request.
   *
   * @param request undefined: its client has not named it
   * @param resourceId the public id of what it makes or changes
   */
  claimOf(caller: Author, projectId: bigint, request: NamedRequest | undefined, resourceId: string): Claim | undefined {
    if (request === undefined) {
      return undefined;
    }
    const { requestId, text } = request;
    const digest = createHmac("sha256", this.#digestKey).update(text).digest();
    return { projectId, actor: caller.actor, requestId, digest, resourceId };
  }

  /**
   * Claims the name of a request.
   *
   * @param claim undefined: its client has not named it
   * @returns what the same request made or changed before; undefined: it is the first
   * @throws RequestIdReusedError
   */
  async claim(tx: Executor, claim: Claim | undefined): Promise<string | undefined> {
    if (claim === undefined) {
      return undefined;
    }
    const earlier = (await this.claimAll(tx, [claim])).get(claim);
    if (earlier instanceof RequestIdReusedError) {
      throw earlier;
    }
    return earlier;
  }

  /**
   * The same for several, of which no two have the same place.
   *
   * @returns of those that are not the first: what the same request made or changed before, or that it was another
   */
  async claimAll(tx: Executor, claims: readonly Claim[]): Promise<ReadonlyMap<Claim, string | RequestIdReusedError>> {
    if (claims.length === 0) {
      return new Map();
    }
    const free = new Set((await this.#store.claim(tx, claims)).map(placeText));
    const taken = claims.filter((claim) => !free.has(placeText(claim)));
    if (taken.length === 0) {
      return new Map();
    }
    const found = new Map((await this.#store.find(tx, taken)).map((earlier) => [placeText(earlier), earlier]));
    const outcomes = new Map<Claim, string | RequestIdReusedError>();
    const old: Claim[] = [];
    for (const claim of taken) {
      const earlier = found.get(placeText(claim));
      if (earlier === undefined) {
        old.push(claim);
      } else {
        outcomes.set(claim, isSameRequest(claim, earlier) ? earlier.resourceId : new RequestIdReusedError());
      }
    }
    if (old.length === 0) {
      return outcomes;
    }
    await this.#store.releaseOld(tx, old);
    return new Map([...outcomes, ...(await this.claimAll(tx, old))]);
  }

  /** Forgets the names of requests that were refused, in the transaction that claimed them: the next is judged anew. */
  async release(tx: Executor, claims: readonly RequestIdPlace[]): Promise<void> {
    if (claims.length > 0) {
      await this.#store.release(tx, claims);
    }
  }

  /** Forgets what is older than a day, a batch at a time. */
  async purge(run: StepRunner = atOnce): Promise<void> {
    while ((await run(() => this.#store.deleteSome(this.#db, purgeBatch))) === purgeBatch);
  }
}
