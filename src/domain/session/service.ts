import type { JWK } from "jose";
import type { Kysely } from "kysely";
import { coalesce } from "../../platform/coalesce.js";
import { newPublicId } from "../../platform/ids.js";
import type { Database, Executor } from "../../platform/postgres/database.js";
import { atOnce, type StepRunner } from "../../platform/steps.js";
import { digestOf, digestTextOf, hasSecretShape, hasValidChecksum, newSecret } from "../api_key/secret-format.js";
import { DatabaseBusyError } from "../overload/errors.js";
import type { Lease } from "../propagation/lease.js";
import type { Subject } from "../propagation/model.js";
import type { PropagationService } from "../propagation/service.js";
import { projectsOfGrant, scopesOfGrant } from "../user/model.js";
import { AccessTokens } from "./access-tokens.js";
import {
  AccessTokenInvalidError,
  RefreshTokenInvalidError,
  SessionInvalidError,
  SessionNotFoundError,
} from "./errors.js";
import type { NewTokenKey, SessionStore } from "./interface.js";
import {
  accessTokenSeconds,
  actorOfUser,
  isOver,
  type ListedSession,
  maxGoodRefreshTokens,
  maxSessionsOfUser,
  maxUsedRefreshTokens,
  refreshPrefix,
  refreshTokenMs,
  type SessionKind,
  type SessionOrigin,
  type SessionRecord,
  type SessionUser,
  sessionLifetimes,
  sessionPrefix,
  type UserPrincipal,
} from "./model.js";
import { SessionMemory } from "./session-memory.js";
import { keptTokenKeyMs, TokenKeys, tokenKeyMs } from "./token-keys.js";

/** How often at most it is written that a session was used, in milliseconds. */
const touchMs = 60_000;
/** The most that waits to be written. */
const maxTouched = 10_000;
/** How long a session that is over is kept: an instance may have yet to write that it was used in its last moments. */
const purgeGraceMs = 10 * 60_000;
/** How many sessions and tokens are deleted at once. Refresh tokens go with their session. */
const purgeBatch = 1_000;
const purgeSessionsBatch = 100;
/** How many sessions or refresh tokens one statement looks up. */
const maxLookedUp = 64;
/** How long a call waits for that, in milliseconds. */
const lookUpMs = 5_000;
const gathered = {
  maxBatch: maxLookedUp,
  concurrency: 1,
  patience: { ms: lookUpMs, late: () => new DatabaseBusyError() },
};

export interface SessionServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: SessionStore;
  readonly propagation: PropagationService;
  readonly lease: Lease;
  /** 32 bytes: keys of access tokens are sealed with it. */
  readonly tokenSealKey: Buffer;
}

/** A session that has begun, with its token, which is shown this once. */
export interface OpenedSession {
  readonly token: string;
  readonly record: Pick<SessionRecord, "id" | "publicId" | "user">;
  readonly expiresAt: Date;
}

/** What a program calls with in the place of a cookie. */
export interface IssuedTokens {
  readonly accessToken: string;
  /** In seconds. */
  readonly expiresIn: number;
  readonly refreshToken: string;
}

/** Sessions of users, and the tokens that come of them. */
export class SessionService {
  readonly #db: Kysely<Database>;
  readonly #store: SessionStore;
  readonly #propagation: PropagationService;
  readonly #memory: SessionMemory;
  readonly #keys: TokenKeys;
  readonly #accessTokens: AccessTokens;
  readonly #principals = new WeakMap<SessionRecord, UserPrincipal>();
  /** Sessions that were used since it was last written, each with when that was; and when it was last written. */
  readonly #touched = new Map<SessionRecord, number>();
  readonly #written = new WeakMap<SessionRecord, number>();
  /** One statement of each kind at a time, for what was made up and for what is good: nobody takes connections by guessing. */
  readonly #findByDigest: (digest: Buffer) => Promise<SessionRecord | undefined>;
  readonly #findByPublicId: (publicId: string) => Promise<SessionRecord | undefined>;
  readonly #sessionOfRefreshToken: (digest: Buffer) => Promise<bigint | undefined>;

  constructor({ db, store, propagation, lease, tokenSealKey }: SessionServiceDependencies) {
    this.#db = db;
    this.#store = store;
    this.#propagation = propagation;
    this.#memory = new SessionMemory(lease);
    this.#findByDigest = coalesce(
      async (digests) => (await store.findByDigests(db, digests)) as (SessionRecord | undefined)[],
      gathered,
    );
    this.#findByPublicId = coalesce(
      async (publicIds) => (await store.findByPublicIds(db, publicIds)) as (SessionRecord | undefined)[],
      gathered,
    );
    this.#sessionOfRefreshToken = coalesce(
      async (digests) => (await store.sessionsOfRefreshTokens(db, digests)) as (bigint | undefined)[],
      gathered,
    );
    const storage = {
      read: () => store.tokenKeys(db),
      insertIfDue: (key: NewTokenKey) =>
        db.transaction().execute((tx) => store.insertTokenKeyIfDue(tx, key, tokenKeyMs)),
    };
    this.#keys = new TokenKeys(storage, tokenSealKey);
    this.#accessTokens = new AccessTokens(this.#keys);
  }

  /** Begins a session, in a transaction that notes the login, and so has locked the user. */
  async openIn(tx: Executor, user: SessionUser, kind: SessionKind, origin: SessionOrigin): Promise<OpenedSession> {
    const token = newSecret(sessionPrefix);
    const publicId = newPublicId();
    const opened = { publicId, userId: user.id, digest: digestOf(token), kind, ...origin };
    const { id, expiresAt } = await this.#store.insert(tx, opened, maxSessionsOfUser);
    return { token, record: { id, publicId, user }, expiresAt };
  }

  /** Who holds a session's token. @throws SessionInvalidError */
  async authenticate(token: string): Promise<UserPrincipal> {
    const name = digestTextOf(token);
    const remembered = this.#memory.get(name);
    if (remembered === undefined && !isOurs(token, sessionPrefix)) {
      throw new SessionInvalidError();
    }
    const record = remembered ?? (await this.#memory.read(name, () => this.#findByDigest(digestOf(token))));
    const principal = this.#principalOf(record);
    if (principal === undefined) {
      throw new SessionInvalidError();
    }
    return principal;
  }

  /** The same from memory alone, without a promise; undefined: memory cannot say. */
  remembered(token: string): UserPrincipal | undefined {
    return this.#principalOf(this.#memory.get(digestTextOf(token)));
  }

  /** Who holds an access token. @throws AccessTokenInvalidError */
  async authenticateAccessToken(token: string): Promise<UserPrincipal> {
    const publicId = await this.#accessTokens.sessionOf(token);
    const record = publicId === undefined ? undefined : await this.#named(publicId);
    const principal = this.#principalOf(record);
    if (principal === undefined) {
      throw new AccessTokenInvalidError();
    }
    return principal;
  }

  rememberedAccessToken(token: string): UserPrincipal | undefined {
    const publicId = this.#accessTokens.remembered(token);
    return publicId === undefined ? undefined : this.#principalOf(this.#memory.get(nameOf(publicId)));
  }

  /** Sees to it that tokens can be signed without the database, before a transaction holds a connection. */
  async readyToIssue(): Promise<void> {
    await this.#keys.current();
  }

  /** Tokens of a session that goes on. @throws SessionInvalidError */
  async issueTokens(sessionId: string): Promise<IssuedTokens> {
    const remembered = await this.#named(sessionId);
    await this.readyToIssue();
    const tokens =
      remembered &&
      (await this.#db.transaction().execute(async (tx) => {
        // Memory may not have heard yet that it was ended.
        const record = await this.#store.lockOpen(tx, remembered.id);
        if (record === undefined || isOver(record)) {
          return undefined;
        }
        await this.#store.touch(tx, [{ id: record.id, agoMs: 0 }]);
        return this.issueTokensIn(tx, record);
      }));
    if (tokens === undefined) {
      throw new SessionInvalidError();
    }
    return tokens;
  }

  /** The same of a session that was begun or locked in the transaction. */
  async issueTokensIn(tx: Executor, record: Pick<SessionRecord, "id" | "publicId" | "user">): Promise<IssuedTokens> {
    const refreshToken = newSecret(refreshPrefix);
    const token = { sessionId: record.id, digest: digestOf(refreshToken), lifetimeMs: refreshTokenMs };
    await this.#store.insertRefreshToken(tx, token, maxGoodRefreshTokens);
    return { accessToken: await this.#accessTokens.issue(record), expiresIn: accessTokenSeconds, refreshToken };
  }

  /**
   * New tokens for a refresh token, which is good once. One that comes twice was stolen, or its user's answer was lost: nobody can
   * tell, and so the session ends.
   *
   * @param onReplay writes that down, in the transaction that ends the session
   * @throws RefreshTokenInvalidError
   */
  async refresh(
    refreshToken: string,
    onReplay: (tx: Executor, session: SessionRecord) => Promise<void>,
  ): Promise<IssuedTokens> {
    if (!isOurs(refreshToken, refreshPrefix)) {
      throw new RefreshTokenInvalidError();
    }
    const digest = digestOf(refreshToken);
    const sessionId = await this.#sessionOfRefreshToken(digest);
    if (sessionId === undefined) {
      throw new RefreshTokenInvalidError();
    }
    await this.readyToIssue();
    const outcome = await this.#db.transaction().execute(async (tx) => {
      const session = await this.#store.lockOpen(tx, sessionId);
      if (session === undefined || isOver(session)) {
        return undefined;
      }
      const found = await this.#store.lockRefreshToken(tx, digest);
      if (found === undefined) {
        return undefined;
      }
      if (found.isUsed) {
        return { stolen: session };
      }
      if ((await this.#store.countUsedRefreshTokens(tx, sessionId)) >= maxUsedRefreshTokens) {
        return undefined;
      }
      await this.#store.markRefreshTokenUsed(tx, digest);
      await this.#store.touch(tx, [{ id: sessionId, agoMs: 0 }]);
      return { tokens: await this.issueTokensIn(tx, session) };
    });
    if (outcome?.stolen !== undefined) {
      const { stolen } = outcome;
      // Another who replays it at the same moment may have ended it.
      await this.#endOne(stolen.user.id, stolen.publicId, (tx) => onReplay(tx, stolen));
    }
    if (outcome?.tokens === undefined) {
      throw new RefreshTokenInvalidError();
    }
    return outcome.tokens;
  }

  async list(userId: bigint): Promise<readonly ListedSession[]> {
    return this.#store.list(this.#db, userId);
  }

  /**
   * Ends a session, in force everywhere when this returns.
   *
   * @param record writes that down, in the same transaction
   * @throws SessionNotFoundError
   */
  async end(userId: bigint, publicId: string, record: (tx: Executor) => Promise<void>): Promise<void> {
    if (!(await this.#endOne(userId, publicId, record))) {
      throw new SessionNotFoundError();
    }
  }

  /** Sees to it that a session is open until the transaction ends. @throws SessionInvalidError */
  async holdIn(tx: Executor, userId: bigint, publicId: string): Promise<void> {
    if (!(await this.#store.hold(tx, userId, publicId))) {
      throw new SessionInvalidError();
    }
  }

  /** @returns whether the user had it */
  async endIn(tx: Executor, userId: bigint, publicId: string): Promise<boolean> {
    return this.#store.delete(tx, userId, publicId);
  }

  /** Ends all sessions of a user, in a transaction that takes it to every instance. @param except the id of one that goes on */
  async endAllIn(tx: Executor, userId: bigint, except?: string): Promise<void> {
    await this.#store.deleteAll(tx, userId, except);
  }

  async publicKeys(): Promise<readonly JWK[]> {
    return this.#keys.publicKeys();
  }

  forget(subject: Subject): void {
    if (subject.kind === "user") {
      this.#memory.forgetUser(subject.id);
    }
  }

  forgetAll(): void {
    this.#memory.forgetAll();
  }

  /** Writes which sessions were used lately. What could not be written waits for the next time. */
  async flushTouched(): Promise<void> {
    const touched = [...this.#touched];
    if (touched.length === 0) {
      return;
    }
    this.#touched.clear();
    const now = performance.now();
    for (const [record] of touched) {
      this.#written.set(record, now);
    }
    try {
      await this.#store.touch(
        this.#db,
        touched.map(([{ id }, usedAt]) => ({ id, agoMs: now - usedAt })),
      );
    } catch (error) {
      for (const [record, usedAt] of touched) {
        this.#written.delete(record);
        this.#touched.set(record, Math.max(usedAt, this.#touched.get(record) ?? usedAt));
      }
      throw error;
    }
  }

  /** Forgets sessions that are over, a batch at a time, and keys whose tokens are. */
  async purge(run: StepRunner = atOnce): Promise<void> {
    const idleSeconds = Object.values(sessionLifetimes).map(({ idle }) => idle / 1000);
    const sessions = () => this.#store.deleteEnded(this.#db, idleSeconds, purgeGraceMs, purgeSessionsBatch);
    while ((await run(sessions)) === purgeSessionsBatch);
    while ((await run(() => this.#store.deleteEndedRefreshTokens(this.#db, purgeBatch))) === purgeBatch);
    await run(() => this.#store.deleteTokenKeys(this.#db, keptTokenKeyMs));
  }

  async #named(publicId: string): Promise<SessionRecord | undefined> {
    const name = nameOf(publicId);
    return this.#memory.get(name) ?? this.#memory.read(name, () => this.#findByPublicId(publicId));
  }

  /** @returns whether the user had it */
  async #endOne(userId: bigint, publicId: string, record: (tx: Executor) => Promise<void>): Promise<boolean> {
    const { result: existed } = await this.#propagation.run(async (tx) => {
      const ended = await this.endIn(tx, userId, publicId);
      if (ended) {
        await record(tx);
      }
      return { result: ended, touched: { kind: "user", id: userId } };
    });
    return existed;
  }

  /** Undefined: it is over. A session that is used lives on. */
  #principalOf(record: SessionRecord | undefined): UserPrincipal | undefined {
    if (record === undefined || isOver(record)) {
      return undefined;
    }
    this.#noteUse(record);
    let principal = this.#principals.get(record);
    if (principal === undefined) {
      principal = {
        kind: "user",
        actor: actorOfUser(record.user),
        scopes: scopesOfGrant(record.user),
        projects: projectsOfGrant(record.user),
        sessionId: record.publicId,
        userId: record.user.publicId,
      };
      this.#principals.set(record, principal);
    }
    return principal;
  }

  #noteUse(record: SessionRecord): void {
    const written = this.#written.get(record);
    const now = performance.now();
    const isKept = this.#touched.has(record) || this.#touched.size < maxTouched;
    if ((written === undefined || now - written >= touchMs) && isKept) {
      this.#touched.set(record, now);
    }
  }
}

function nameOf(publicId: string): string {
  return `id:${publicId}`;
}

/** Whether a secret can be one of ours: what was made up costs no look-up. */
function isOurs(token: string, prefix: string): boolean {
  return token.startsWith(prefix) && hasSecretShape(token) && hasValidChecksum(token);
}
