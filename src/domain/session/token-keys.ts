import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import { Aead } from "../../platform/aead.js";
import { newPublicId } from "../../platform/ids.js";
import type { StoredTokenKey } from "./interface.js";

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
  readonly isDue: boolean;
}

export interface TokenKeyStorage {
  read(): Promise<readonly StoredTokenKey[]>;
  insert(key: Pick<StoredTokenKey, "id" | "publicKey" | "privateKey">): Promise<void>;
}

/** The keys that access tokens are signed with. All instances share them; each is read, opened and made a key of once. */
export class TokenKeys {
  readonly #storage: TokenKeyStorage;
  readonly #aead: Aead;
  readonly #opened = new Map<string, TokenKey>();
  #known: Promise<KnownKeys> | undefined;

  /** @param sealKey 32 bytes that only instances of one database have */
  constructor(storage: TokenKeyStorage, sealKey: Buffer) {
    this.#storage = storage;
    this.#aead = new Aead(sealKey);
  }

  /** The one that signs now; the first is made when it is asked for. */
  async current(): Promise<TokenKey> {
    const known = await this.#readUnless(({ readAt }) => performance.now() - readAt < staleMs);
    const [newest] = known.keys;
    if (newest !== undefined && !known.isDue) {
      return newest;
    }
    await this.#make();
    const [made] = (await this.#readUnless(() => false)).keys;
    if (made === undefined) {
      throw new Error("a key for access tokens was made and is gone");
    }
    return made;
  }

  /** Undefined: there is none of this id. */
  async named(id: string): Promise<TokenKey | undefined> {
    const known = await this.#readUnless(
      ({ readAt, keys }) => keys.some((key) => key.id === id) || performance.now() - readAt < askAgainMs,
    );
    return known.keys.find((key) => key.id === id);
  }

  /** All by which tokens are taken, as others may know them. */
  async publicKeys(): Promise<readonly JWK[]> {
    const known = await this.#readUnless(({ readAt }) => performance.now() - readAt < askAgainMs);
    return known.keys.map(({ id, publicKey }) => ({ ...publicKey, kid: id, alg: tokenAlgorithm, use: "sig" }));
  }

  async #readUnless(isGood: (known: KnownKeys) => boolean): Promise<KnownKeys> {
    const known = await this.#known?.catch(() => undefined);
    if (known !== undefined && isGood(known)) {
      return known;
    }
    this.#known = this.#read();
    return this.#known;
  }

  async #read(): Promise<KnownKeys> {
    const readAt = performance.now();
    const stored = (await this.#storage.read()).filter(({ ageMs }) => ageMs < keptTokenKeyMs);
    const keys = await Promise.all(stored.map((key) => this.#open(key)));
    return { readAt, keys, isDue: (stored[0]?.ageMs ?? 0) >= tokenKeyMs };
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

  async #make(): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(tokenAlgorithm, { extractable: true });
    const id = newPublicId();
    const sealed = this.#aead.seal(Buffer.from(JSON.stringify(await exportJWK(privateKey))), Buffer.from(id));
    await this.#storage.insert({ id, publicKey: await exportJWK(publicKey), privateKey: sealed });
  }
}

async function imported(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, tokenAlgorithm);
  if (key instanceof Uint8Array) {
    throw new Error("a key for access tokens is none of its kind");
  }
  return key;
}
