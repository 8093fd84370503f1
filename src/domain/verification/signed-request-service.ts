import { timingSafeEqual } from "node:crypto";
import { signatureOf } from "@altalune/sdk/signature";
import type { ConcurrencyLimiter } from "../../platform/concurrency-limiter.js";
import { isPublicId } from "../../platform/ids.js";
import { DecryptionError, type MasterKey } from "../../platform/master-key.js";
import { openSigningSecret } from "../api_key/signing-secret.js";
import { type Caller, reaches } from "../caller.js";
import type { NonceService } from "../nonce/service.js";
import { builtInProjectId } from "../project/model.js";
import type { RateLimitService } from "../rate_limit/service.js";
import type { Verdict } from "./model.js";
import {
  endOfAcceptance,
  isSignable,
  isTimely,
  liveSigningSecrets,
  type PresentedRequest,
  type SignedRequest,
  type SigningKeyRecord,
} from "./signed-request.js";
import { keyStatusError, limitVerdict, scopeDenial, verdict } from "./verdicts.js";

export interface SignedRequestServiceDependencies {
  /** Asks the database, never a memory: a change that has returned is in force. */
  readonly findKey: (projectPublicId: string, apiKeyPublicId: string) => Promise<SigningKeyRecord | undefined>;
  /** Runs the statements, some at once. */
  readonly lookUps: ConcurrencyLimiter;
  readonly masterKey: MasterKey;
  readonly nonces: NonceService;
  readonly rateLimits: RateLimitService;
  /** Told of every verdict, and whether it is one on a use of the key: not if anybody who knows the key's id can bring it about. */
  readonly onVerdict: (caller: Caller, verdict: Verdict, isUse: boolean) => void;
}

/** Is this signed request good for this call? Each is answered from the database, which must burn its nonce anyway. */
export class SignedRequestService {
  readonly #findKey: SignedRequestServiceDependencies["findKey"];
  readonly #lookUps: ConcurrencyLimiter;
  readonly #masterKey: MasterKey;
  readonly #nonces: NonceService;
  readonly #rateLimits: RateLimitService;
  readonly #onVerdict: SignedRequestServiceDependencies["onVerdict"];

  constructor({ findKey, lookUps, masterKey, nonces, rateLimits, onVerdict }: SignedRequestServiceDependencies) {
    this.#findKey = findKey;
    this.#lookUps = lookUps;
    this.#masterKey = masterKey;
    this.#nonces = nonces;
    this.#rateLimits = rateLimits;
    this.#onVerdict = onVerdict;
  }

  /**
   * Checks a signed request: look-up, project, revoked, disabled, expired, signature and its time, scopes, replay, limits,
   * in this order. A call that is refused before the replay check leaves its nonce unused; one that is limited has used it.
   *
   * @throws DecryptionError when the signing secret is not under this instance's master key
   */
  async verify(caller: Caller, request: PresentedRequest): Promise<Verdict> {
    const record = await this.#findVisible(caller, request);
    const told = record === undefined ? verdict("not_found", undefined) : await this.#judge(caller, record, request);
    this.#onVerdict(
      caller,
      told,
      told.code !== "revoked" || (record !== undefined && this.#wasSigned(record, request)),
    );
    return told;
  }

  async #judge(caller: Caller, record: SigningKeyRecord, request: PresentedRequest): Promise<Verdict> {
    const status = keyStatusError(record);
    if (status !== undefined) {
      return verdict(status, record);
    }
    if (!this.#isAccepted(record, request)) {
      return verdict("signature_invalid", record);
    }
    const unscoped = scopeDenial(record, request.requiredScopes);
    if (unscoped !== undefined) {
      return unscoped;
    }
    const burn = await this.#lookUps.run(
      () => this.#nonces.burn(record, request.nonce, endOfAcceptance(request.timestampMs)),
      caller.actor,
    );
    if (burn !== "burnt") {
      return verdict(burn === "used" ? "replayed" : "signature_invalid", record);
    }
    return limitVerdict(record, await this.#rateLimits.spend(record, request.cost, caller.actor));
  }

  async #findVisible(caller: Caller, { projectId, apiKeyId }: PresentedRequest): Promise<SigningKeyRecord | undefined> {
    if (!isPublicId(apiKeyId) || !reaches(caller, projectId)) {
      return undefined;
    }
    const record = await this.#lookUps.run(() => this.#findKey(projectId, apiKeyId), caller.actor);
    return record?.projectId === builtInProjectId ? undefined : record;
  }

  #isAccepted(record: SigningKeyRecord, request: PresentedRequest): request is SignedRequest {
    return isSignable(request) && isTimely(request.timestampMs, record.observedAt) && this.#isSigned(record, request);
  }

  /** Whether it was signed with the key that is refused before its signature is looked at. It is refused just so where nobody can tell. */
  #wasSigned(record: SigningKeyRecord, request: PresentedRequest): boolean {
    try {
      return this.#isAccepted(record, request);
    } catch (error) {
      if (error instanceof DecryptionError) {
        return false;
      }
      throw error;
    }
  }

  #isSigned(record: SigningKeyRecord, request: SignedRequest): boolean {
    return liveSigningSecrets(record).some((ciphertext) => {
      const signingSecret = openSigningSecret(this.#masterKey, record, ciphertext);
      const expected = signatureOf(request, signingSecret);
      return request.signature.length === expected.length && timingSafeEqual(request.signature, expected);
    });
  }
}
