import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import { Aead } from "../../platform/aead.js";
import { newPublicId } from "../../platform/ids.js";
import type { NewTokenKey, StoredTokenKey } from "./interface.js";

export const tokenAlgorithm = "EdDSA";

const dayMs = 24 * 60 * 60_000;
/** After how long another key signs, and for how long tokens of the one before are still taken. */
export const tokenKeyMs = 30 * dayMs;
export const keptTokenKeyMs = tokenKeyMs + dayMs;

/** How soon the database is asked again when a token names a key that is not known, and how long at most it is not asked, in milliseconds. */
const askAgainMs = 2_000;
const staleMs = 60_000;

export interface TokenKey {
  readonly id: string;
  readonly sign: CryptoKey;
  readonly verify: CryptoKey;
  readonly publicKey: JWK;
}

interface KnownKeys {
  readonly readAt: number;
  /** The newest first. */
  readonly keys: readonly TokenKey[];
  /** Whether it is time for another. */
  readonly isDue: boolean;
}

export interface TokenKeyStorage {
  read(): Promise<readonly StoredTokenKey[]>;
  /** Unless another instance has made one meanwhile. */
  insertIfDue(key: NewTokenKey): Promise<void>;
}

/** The keys that access tokens are signed with. All instances share them; each is read, opened and made a key of once. */
export class TokenKeys {
  readonly #storage: TokenKeyStorage;
  readonly #aead: Aead;
  readonly #opened = new Map<string, TokenKey>();
  #known: KnownKeys | undefined;
  /** What many wait for is done once. */
  #reading: Promise<KnownKeys> | undefined;
  #making: Promise<KnownKeys> | undefined;

  /** @param sealKey 32 bytes that only instances of one database have */
  constructor(storage: TokenKeyStorage, sealKey: Buffer) {
    this.#storage = storage;
    this.#aead = new Aead(sealKey);
  }

  /** The one that signs now; the first is made when it is asked for. */
  async current(): Promise<TokenKey> {
    const known = await this.#readUnless(isFresh);
    const [newest] = known.keys;
    if (newest !== undefined && !known.isDue) {
      return newest;
    }
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    const [made] = (await this.#making).keys;
    if (made === undefined) {
      throw new Error("a key for access tokens was made and is gone");
    }
    return made;
  }

  /** Undefined: there is none of this id. One that somebody deletes is good for as long as the database is not asked. */
  async named(id: string): Promise<TokenKey | undefined> {
    const known = await this.#readUnless((known) =>
      known.keys.some((key) => key.id === id) ? isFresh(known) : ageOf(known) < askAgainMs,
    );
    return known.keys.find((key) => key.id === id);
  }

  /** Whether there is a key of this id, from memory alone; false: there is not, or it is time to ask the database. */
  remembers(id: string): boolean {
    const known = this.#known;
    return known !== undefined && isFresh(known) && known.keys.some((key) => key.id === id);
  }

  /** All by which tokens are taken, as others may know them. */
  async publicKeys(): Promise<readonly JWK[]> {
    const known = await this.#readUnless((known) => ageOf(known) < askAgainMs);
    return known.keys.map(({ id, publicKey }) => ({ ...publicKey, kid: id, alg: tokenAlgorithm, use: "sig" }));
  }

  async #readUnless(isGood: (known: KnownKeys) => boolean): Promise<KnownKeys> {
    if (this.#known !== undefined && isGood(this.#known)) {
      return this.#known;
    }
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<KnownKeys> {
    const readAt = performance.now();
    const stored = (await this.#storage.read()).filter(({ ageMs }) => ageMs < keptTokenKeyMs);
    const keys = await Promise.all(stored.map((key) => this.#open(key)));
    for (const id of this.#opened.keys()) {
      if (!stored.some((key) => key.id === id)) {
        this.#opened.delete(id);
      }
    }
    const known = { readAt, keys, isDue: (stored[0]?.ageMs ?? 0) >= tokenKeyMs };
    if (this.#known === undefined || this.#known.readAt < readAt) {
      this.#known = known;
    }
    return known;
  }

  async #open({ id, publicKey, privateKey }: StoredTokenKey): Promise<TokenKey> {
    const opened = this.#opened.get(id);
    if (opened !== undefined) {
      return opened;
    }
    const text = this.#aead.open(privateKey, Buffer.from(id));
    if (text === undefined) {
      throw new Error("a key for access tokens was altered in the database");
    }
    const key = { id, publicKey, sign: await imported(JSON.parse(text.toString())), verify: await imported(publicKey) };
    this.#opened.set(id, key);
    return key;
  }

  async #make(): Promise<KnownKeys> {
    const { publicKey, privateKey } = await generateKeyPair(tokenAlgorithm, { extractable: true });
    const id = newPublicId();
    const sealed = this.#aead.seal(Buffer.from(JSON.stringify(await exportJWK(privateKey))), Buffer.from(id));
    await this.#storage.insertIfDue({ id, publicKey: await exportJWK(publicKey), privateKey: sealed });
    // Not one that was under way before.
    return this.#read();
  }
}

function ageOf({ readAt }: KnownKeys): number {
  return performance.now() - readAt;
}

function isFresh(known: KnownKeys): boolean {
  return ageOf(known) < staleMs;
}

async function imported(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, tokenAlgorithm);
  if (key instanceof Uint8Array) {
    throw new Error("a key for access tokens is none of its kind");
  }
  return key;
}
