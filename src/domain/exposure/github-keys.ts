import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { z } from "zod";
import { KeptAnswers, type KeptAnswersOptions } from "../../platform/egress/kept-answers.js";
import { GithubKeysUnavailableError } from "./errors.js";

/** Public keys by their identifiers. */
export type KeysByIdentifier = ReadonlyMap<string, KeyObject>;

/** Where GitHub's keys come from: a URL, or they themselves. */
export type GithubKeysSource = { readonly url: string } | { readonly keys: KeysByIdentifier };

/** Without a credential, GitHub answers 60 times an hour. */
const times = { freshMs: 60 * 60_000, keptMs: 24 * 60 * 60_000, restMs: 2 * 60_000 } as const;

const answer = z.object({
  public_keys: z
    .array(z.object({ key_identifier: z.string().min(1).max(128), key: z.string().max(4096) }))
    .min(1)
    .max(100),
});

/** The public keys by which GitHub signs what its secret scanning tells partners. */
export class GithubKeys {
  readonly #source: GithubKeysSource;
  readonly #answers: KeptAnswers<KeysByIdentifier>;

  constructor(
    source: GithubKeysSource,
    options: Pick<KeptAnswersOptions<KeysByIdentifier>, "fetchText" | "onFailure" | "now">,
  ) {
    this.#source = source;
    this.#answers = new KeptAnswers({ ...options, read: githubKeysOf, times });
  }

  /** @returns undefined: there is none of this identifier @throws GithubKeysUnavailableError */
  async find(identifier: string): Promise<KeyObject | undefined> {
    if ("keys" in this.#source) {
      return this.#source.keys.get(identifier);
    }
    const { url } = this.#source;
    const keys = await this.#answers.find(url);
    if (keys === undefined) {
      throw new GithubKeysUnavailableError();
    }
    return keys.get(identifier) ?? (await this.#answers.findAnew(url))?.get(identifier);
  }
}

/**
 * Reads what GitHub answers at `/meta/public_keys/secret_scanning`.
 *
 * @throws Error when it is not that, or holds another key than one of ECDSA on the curve P-256
 */
export function githubKeysOf(text: string): KeysByIdentifier {
  const { public_keys } = answer.parse(JSON.parse(text));
  return new Map(public_keys.map(({ key_identifier, key }) => [key_identifier, p256Key(key)]));
}

/** Whether a body is signed by ECDSA with SHA-256; the signature is DER, in base64. */
export function isSignedBy(key: KeyObject, body: Uint8Array, signature: string): boolean {
  return verify("sha256", body, key, Buffer.from(signature, "base64"));
}

function p256Key(pem: string): KeyObject {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new Error("a key is not one of ECDSA on the curve P-256");
  }
  return key;
}
