import { decodeProtectedHeader, jwtVerify, SignJWT } from "jose";
import { LRUCache } from "lru-cache";
import { digestTextOf } from "../api_key/secret-format.js";
import { accessTokenIssuer } from "../principal/credential-shape.js";
import { accessTokenSeconds, type SessionRecord } from "./model.js";
import { type TokenKeys, tokenAlgorithm } from "./token-keys.js";

const type = "at+jwt";
const audience = "altalune";
const maxRemembered = 10_000;

interface KnownToken {
  readonly sessionId: string;
  readonly keyId: string;
  /** In milliseconds since the epoch. */
  readonly endsAt: number;
}

/**
 * Access tokens (RFC 9068): they say which session they are of, and are good for as long as that is, at most for 15 minutes. A token's
 * signature is checked once; after that its digest is known, for as long as its key is.
 */
export class AccessTokens {
  readonly #keys: TokenKeys;
  readonly #known = new LRUCache<string, KnownToken>({ max: maxRemembered });

  constructor(keys: TokenKeys) {
    this.#keys = keys;
  }

  async issue({ publicId, user }: Pick<SessionRecord, "publicId" | "user">): Promise<string> {
    const key = await this.#keys.current();
    return new SignJWT({ sid: publicId, scope: user.role })
      .setProtectedHeader({ alg: tokenAlgorithm, typ: type, kid: key.id })
      .setIssuer(accessTokenIssuer)
      .setAudience(audience)
      .setSubject(user.publicId)
      .setJti(crypto.randomUUID())
      .setIssuedAt()
      .setExpirationTime(`${accessTokenSeconds} s`)
      .sign(key.sign);
  }

  /** Which session a token is of, from memory alone; undefined: memory cannot say, or it has ended. */
  remembered(token: string): string | undefined {
    const known = this.#known.get(digestTextOf(token));
    const isGood = known !== undefined && known.endsAt > Date.now() && this.#keys.remembers(known.keyId);
    return isGood ? known.sessionId : undefined;
  }

  /** Which session a token is of; undefined: it is not good. */
  async sessionOf(token: string): Promise<string | undefined> {
    const remembered = this.remembered(token);
    if (remembered !== undefined) {
      return remembered;
    }
    const kid = await ifGood(() => decodeProtectedHeader(token).kid);
    const key = typeof kid === "string" && kid.length <= 64 ? await this.#keys.named(kid) : undefined;
    const verified = key && (await ifGood(() => jwtVerify(token, key.verify, verification)));
    if (key === undefined || verified === undefined) {
      return undefined;
    }
    const { sid, exp } = verified.payload;
    if (typeof sid !== "string" || exp === undefined) {
      return undefined;
    }
    this.#known.set(digestTextOf(token), { sessionId: sid, keyId: key.id, endsAt: exp * 1000 });
    return sid;
  }
}

const verification = {
  algorithms: [tokenAlgorithm],
  typ: type,
  issuer: accessTokenIssuer,
  audience,
  requiredClaims: ["exp", "iat", "sub"],
};

/** @returns undefined where the library says that a token is not good: by errors of its own, and by TypeError for one that is none */
async function ifGood<Result>(read: () => Result | Promise<Result>): Promise<Result | undefined> {
  try {
    return await read();
  } catch (error) {
    const isRefusal = error instanceof Error && "code" in error && String(error.code).startsWith("ERR_J");
    if (isRefusal || error instanceof TypeError) {
      return undefined;
    }
    throw error;
  }
}
