import { timingSafeEqual } from "node:crypto";
import type { Kysely } from "kysely";
import { LRUCache } from "lru-cache";
import { coalesce } from "../../platform/coalesce.js";
import type { Database } from "../../platform/postgres/database.js";
import { type ApiKey, type IssuedApiKey, requestDefaults } from "../api_key/model.js";
import {
  type DigestText,
  digestOf,
  digestText,
  digestTextOf,
  hasSecretShape,
  hasValidChecksum,
} from "../api_key/secret-format.js";
import type { ApiKeyService, ChangedApiKey } from "../api_key/service.js";
import type { Caller } from "../caller.js";
import { DatabaseBusyError } from "../overload/errors.js";
import { builtInProjectId } from "../project/model.js";
import type { ProjectService } from "../project/service.js";
import type { KeyRecord } from "../verification/model.js";
import type { VerificationService } from "../verification/service.js";
import { keyStatusError } from "../verification/verdicts.js";
import { ActingRootKeyEndedError, RootKeyInvalidError } from "./errors.js";
import { FailedAuthentications } from "./failures.js";
import type { RootKeyStore } from "./interface.js";
import type { RefusedRootKey, RootKeyPrincipal, RootKeyRequest } from "./model.js";

const maxRemembered = 10_000;
/** How many unknown root keys one statement looks up. */
const maxTogether = 500;
/** How long they are waited for, in milliseconds. */
const lookUpMs = 5_000;

/** What is kept of a presented root key, so that the calls of a connection need not digest it each time. */
export interface RootCredential {
  readonly digest: DigestText;
  readonly isEnvironmentKey: boolean;
}

/** Where a key was presented. */
type CallOrigin = Pick<RefusedRootKey, "clientAddress" | "requestId">;

export interface RootKeyServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: RootKeyStore;
  readonly projects: ProjectService;
  readonly apiKeys: ApiKeyService;
  readonly verification: VerificationService;
  /** ALTALUNE_ROOT_KEY; undefined: not set. */
  readonly environmentKey: string | undefined;
  /** Told of each call with a root key that is expired, revoked or disabled. */
  readonly onRefused: (refused: RefusedRootKey) => void;
}

/** Root keys: the keys of the built-in project, and the one in the environment. */
export class RootKeyService {
  readonly #db: Kysely<Database>;
  readonly #store: RootKeyStore;
  readonly #projects: ProjectService;
  readonly #apiKeys: ApiKeyService;
  readonly #verification: VerificationService;
  readonly #environmentDigest: Buffer | undefined;
  readonly #onRefused: (refused: RefusedRootKey) => void;
  readonly #failures = new FailedAuthentications();
  /** Digests that were good once: an address that others abuse does not shut out those who hold a key. */
  readonly #knownDigests = new LRUCache<DigestText, true>({ max: maxRemembered });
  /**
   * Looks up root keys that were not good before: many in a statement, and one statement at a time, so that a good one is found
   * among however many made-up ones, and nobody else waits for them.
   */
  readonly #findUnknown: (token: string) => Promise<KeyRecord | undefined>;
  /** Made once a record, which a warm call meets again and again. */
  readonly #principals = new WeakMap<KeyRecord, RootKeyPrincipal>();

  constructor({ db, store, projects, apiKeys, verification, environmentKey, onRefused }: RootKeyServiceDependencies) {
    this.#onRefused = onRefused;
    this.#db = db;
    this.#store = store;
    this.#projects = projects;
    this.#apiKeys = apiKeys;
    this.#verification = verification;
    this.#findUnknown = coalesce<string, KeyRecord | undefined>(
      (tokens) => verification.findRecordsOf(tokens, "unknown root keys"),
      {
        maxBatch: maxTogether,
        concurrency: 1,
        patience: { ms: lookUpMs, late: () => new DatabaseBusyError() },
      },
    );
    this.#environmentDigest = environmentKey === undefined ? undefined : digestOf(environmentKey);
  }

  /**
   * Who holds this root key.
   *
   * @param token what the caller presented; undefined: nothing
   * @throws RootKeyInvalidError
   * @throws TooManyFailuresError when the address has failed too often, and the key is not good
   * @throws DatabaseBusyError
   */
  async authenticate(token: string | undefined, clientAddress: string, requestId: string): Promise<RootKeyPrincipal> {
    if (token === undefined) {
      throw new RootKeyInvalidError();
    }
    const credential = this.credentialOf(token);
    const remembered = this.remembered(credential);
    if (remembered !== undefined) {
      return remembered;
    }
    const { digest } = credential;
    const from = { clientAddress, requestId };
    return this.#knownDigests.has(digest)
      ? this.#authenticateKnown(digest, from)
      : this.#authenticateUnknown(token, digest, from);
  }

  /** A key that was good once, which no failures of its address hold up. */
  async #authenticateKnown(digest: DigestText, from: CallOrigin): Promise<RootKeyPrincipal> {
    const record = await this.#verification.findRecordOf(digest, "known root keys");
    const principal = this.#principalOf(record);
    if (principal === undefined) {
      this.#knownDigests.delete(digest);
      this.#tellRefused(record, from);
      this.#failures.add(from.clientAddress, Date.now());
      throw new RootKeyInvalidError();
    }
    return principal;
  }

  /** Any other key, which is looked for also when its address has failed too often: it may be good. */
  async #authenticateUnknown(token: string, digest: DigestText, from: CallOrigin): Promise<RootKeyPrincipal> {
    const principal = await this.#failures.hear(
      from.clientAddress,
      async (isOverLimit) => {
        const record = await this.#find(token, digest, isOverLimit);
        const found = this.#principalOf(record);
        if (found === undefined) {
          this.#tellRefused(record, from);
        }
        return found;
      },
      () => new RootKeyInvalidError(),
    );
    this.#knownDigests.set(digest, true);
    return principal;
  }

  /** Of addresses over the limit, a key without a checksum of ours, as most that are made up, costs no look-up. */
  async #find(token: string, digest: DigestText, overLimit: boolean): Promise<KeyRecord | undefined> {
    if (overLimit && !(hasSecretShape(token) && hasValidChecksum(token))) {
      return undefined;
    }
    const remembered = this.#verification.rememberedRecord(digest);
    if (remembered !== undefined) {
      return remembered ?? undefined;
    }
    return this.#findUnknown(token);
  }

  credentialOf(token: string): RootCredential {
    const digest = digestTextOf(token);
    return { digest, isEnvironmentKey: this.#isEnvironmentKey(digest) };
  }

  /** Who holds it, from memory alone; undefined when memory cannot say, or the key does not work. */
  remembered({ digest, isEnvironmentKey }: RootCredential): RootKeyPrincipal | undefined {
    if (isEnvironmentKey) {
      return environmentPrincipal;
    }
    // To get it tells the cache that it is used, so that it is not what is forgotten.
    return this.#knownDigests.get(digest)
      ? this.#principalOf(this.#verification.rememberedRecord(digest) ?? undefined)
      : undefined;
  }

  /**
   * Who holds a root key that is good by its id, and was not presented: those act by it who have none of their own.
   *
   * @throws ActingRootKeyEndedError when it does not work any more
   */
  async holderOf({ digest }: RootCredential, from: CallOrigin): Promise<RootKeyPrincipal> {
    const record = await this.#verification.findRecordOf(digest, "known root keys");
    const principal = this.#principalOf(record);
    if (principal === undefined) {
      this.#tellRefused(record, from);
      throw new ActingRootKeyEndedError();
    }
    this.#knownDigests.set(digest, true);
    return principal;
  }

  /** A root key by its id, whatever its status, and what it is known by. @throws ApiKeyNotFoundError */
  async named(publicId: string): Promise<{ readonly apiKey: ApiKey; readonly credential: RootCredential }> {
    const apiKey = await this.#apiKeys.get(await this.#projects.builtIn(), publicId);
    return { apiKey, credential: { digest: digestText(apiKey.digest), isEnvironmentKey: false } };
  }

  /** @throws ProjectNotFoundError when the key is to reach a project that does not exist */
  async create(caller: Caller, { name, scopes, projects, expiresAt }: RootKeyRequest): Promise<IssuedApiKey> {
    for (const publicId of projects ?? []) {
      await this.#projects.reach(caller, publicId);
    }
    const builtIn = await this.#projects.builtIn();
    const request = { ...requestDefaults, name, scopes, expiresAt };
    return this.#db.transaction().execute((tx) => this.#apiKeys.createIn(tx, caller, builtIn, request, projects));
  }

  /**
   * Makes the first root key of all, unless there ever was one. Of several servers that start at once, one makes it.
   *
   * @returns undefined when there was one
   */
  async createFirst(caller: Caller): Promise<IssuedApiKey | undefined> {
    const builtIn = await this.#projects.builtIn();
    return this.#db.transaction().execute(async (tx) => {
      if (!(await this.#store.claimFirst(tx))) {
        return undefined;
      }
      const request = { ...requestDefaults, name: "first root key", scopes: ["*"], expiresAt: undefined };
      return this.#apiKeys.createIn(tx, caller, builtIn, request);
    });
  }

  /** All of them, the newest first, revoked ones included. */
  async list(): Promise<readonly ApiKey[]> {
    const builtIn = await this.#projects.builtIn();
    return this.#apiKeys.list(builtIn);
  }

  /** @throws ApiKeyNotFoundError */
  async revoke(caller: Caller, publicId: string): Promise<ChangedApiKey> {
    const builtIn = await this.#projects.builtIn();
    return this.#apiKeys.revoke(caller, builtIn, publicId, "administrative", "");
  }

  #isEnvironmentKey(digest: DigestText): boolean {
    const own = this.#environmentDigest;
    return own !== undefined && timingSafeEqual(Buffer.from(digest, "latin1"), own);
  }

  #tellRefused(record: KeyRecord | undefined, from: CallOrigin): void {
    const status = record?.projectId === builtInProjectId ? keyStatusError(record) : undefined;
    if (record !== undefined && status !== undefined) {
      this.#onRefused({ publicId: record.apiKeyPublicId, status, ...from });
    }
  }

  /** Who holds the key of a record; undefined when it is no root key, or one that does not work. */
  #principalOf(record: KeyRecord | undefined): RootKeyPrincipal | undefined {
    if (record === undefined || record.projectId !== builtInProjectId || keyStatusError(record) !== undefined) {
      return undefined;
    }
    let principal = this.#principals.get(record);
    if (principal === undefined) {
      principal = {
        kind: "root_key",
        actor: `root_key:${record.apiKeyPublicId}`,
        scopes: record.scopes,
        projects: record.reachableProjectIds && new Set(record.reachableProjectIds),
      };
      this.#principals.set(record, principal);
    }
    return principal;
  }
}

const environmentPrincipal: RootKeyPrincipal = {
  kind: "root_key",
  actor: "root_key:environment",
  scopes: ["*"],
  projects: undefined,
};
