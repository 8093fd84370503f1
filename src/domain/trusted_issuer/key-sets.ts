import { createLocalJWKSet, type JSONWebKeySet } from "jose";
import { KeptAnswers } from "../../platform/egress/kept-answers.js";
import { IssuerKeysUnavailableError } from "./errors.js";

/** Finds the key of a token in a set. */
export type FindKey = ReturnType<typeof createLocalJWKSet>;

const times = { freshMs: 10 * 60_000, keptMs: 60 * 60_000, restMs: 30_000 } as const;
const maxKeys = 100;

/** Remembers the public keys of issuers, by where they are. */
export class KeySets {
  readonly #sets: KeptAnswers<FindKey>;

  constructor(
    fetchText: (url: string) => Promise<string>,
    onFailure: (url: string, error: unknown) => void,
    now?: () => number,
  ) {
    const read = (text: string) => createLocalJWKSet(keySetOf(text));
    this.#sets = new KeptAnswers({ fetchText, read, times, onFailure, ...(now && { now }) });
  }

  /** @throws IssuerKeysUnavailableError */
  async find(url: string): Promise<FindKey> {
    const find = await this.#sets.find(url);
    if (find === undefined) {
      throw new IssuerKeysUnavailableError();
    }
    return find;
  }

  /** Those of now, because a token's key was not among those that were remembered; undefined: they are the same. */
  async findAnew(url: string): Promise<FindKey | undefined> {
    return this.#sets.findAnew(url);
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
