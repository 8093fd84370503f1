import { createLocalJWKSet, type JSONWebKeySet } from "jose";
import { LRUCache } from "lru-cache";
import { IssuerKeysUnavailableError } from "./errors.js";

/** Finds the key of a token in a set. */
export type FindKey = ReturnType<typeof createLocalJWKSet>;

/** How long keys are used before they are asked for again, and how long at most when that fails, in milliseconds. */
const freshMs = 10 * 60_000;
const keptMs = 60 * 60_000;
/** How long nothing is asked of a server again: anybody can send a token whose key there is not. */
const restMs = 30_000;
const maxServers = 1_000;
const maxKeys = 100;

interface Server {
  keys: { readonly find: FindKey; readonly since: number } | undefined;
  askedAt: number;
  asking: Promise<void> | undefined;
}

/** Remembers the public keys of issuers, by where they are. */
export class KeySets {
  readonly #servers = new LRUCache<string, Server>({ max: maxServers });
  readonly #fetchText: (url: string) => Promise<string>;
  readonly #onFailure: (url: string, error: unknown) => void;
  readonly #now: () => number;

  constructor(
    fetchText: (url: string) => Promise<string>,
    onFailure: (url: string, error: unknown) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#fetchText = fetchText;
    this.#onFailure = onFailure;
    this.#now = now;
  }

  /** @throws IssuerKeysUnavailableError */
  async find(url: string): Promise<FindKey> {
    const server = this.#server(url);
    if (server.keys === undefined || this.#now() - server.keys.since >= freshMs) {
      await this.#ask(url, server);
    }
    const { keys } = server;
    if (keys === undefined || this.#now() - keys.since >= keptMs) {
      throw new IssuerKeysUnavailableError();
    }
    return keys.find;
  }

  /** Those of now, because a token's key was not among those that were remembered; undefined: they are the same. */
  async findAnew(url: string): Promise<FindKey | undefined> {
    const server = this.#server(url);
    const before = server.keys;
    await this.#ask(url, server);
    return server.keys === before ? undefined : server.keys?.find;
  }

  #server(url: string): Server {
    let server = this.#servers.get(url);
    if (server === undefined) {
      server = { keys: undefined, askedAt: Number.NEGATIVE_INFINITY, asking: undefined };
      this.#servers.set(url, server);
    }
    return server;
  }

  /** Asks once at a time, and not again for a while. */
  async #ask(url: string, server: Server): Promise<void> {
    if (server.asking === undefined && this.#now() - server.askedAt >= restMs) {
      server.askedAt = this.#now();
      server.asking = this.#fetchText(url)
        .then((text) => {
          server.keys = { find: createLocalJWKSet(keySetOf(text)), since: this.#now() };
        })
        .catch((error: unknown) => this.#onFailure(url, error))
        .finally(() => {
          server.asking = undefined;
        });
    }
    await server.asking;
  }
}

/** @throws Error */
function keySetOf(text: string): JSONWebKeySet {
  const set = JSON.parse(text) as JSONWebKeySet;
  if (!Array.isArray(set.keys) || set.keys.length > maxKeys) {
    throw new Error(`not a JSON Web Key Set of at most ${maxKeys} keys`);
  }
  return set;
}
