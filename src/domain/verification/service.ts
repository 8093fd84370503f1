import { inSlices } from "../../platform/event-loop.js";
import { type DigestText, digestOf, digestTextOf, hasSecretShape, hasValidChecksum } from "../api_key/secret-format.js";
import { type Caller, reaches } from "../caller.js";
import type { Source } from "../odd_use/source.js";
import { builtInProjectId } from "../project/model.js";
import { isLimited } from "../rate_limit/model.js";
import type { RateLimitService } from "../rate_limit/service.js";
import { type KeyRecord, maxKeyLength, type Verdict, type VerificationRequest } from "./model.js";
import type { Records } from "./records.js";
import { keyStatusError, limitVerdict, scopeDenial, verdict } from "./verdicts.js";

/** How many keys of a batch are looked at in one turn of the event loop, in about a millisecond, and looked up in one statement. */
const sliceSize = 250;

export interface VerificationServiceDependencies {
  readonly records: Records;
  readonly rateLimits: RateLimitService;
  /** Told of every verdict, and where it was asked for from, if that was said. */
  readonly onVerdict: (caller: Caller, verdict: Verdict, source: Source | undefined) => void;
}

/** A verdict of which only the limits are still to be asked. */
interface Admissible {
  readonly record: KeyRecord;
}

/**
 * Is this key good for this call? What is checked, in this order: format, look-up, project, revoked, disabled, expired,
 * scopes, limits. Root keys, and keys that the caller does not reach, are not found.
 */
export class VerificationService {
  readonly #records: Records;
  readonly #rateLimits: RateLimitService;
  readonly #onVerdict: VerificationServiceDependencies["onVerdict"];

  constructor({ records, rateLimits, onVerdict }: VerificationServiceDependencies) {
    this.#records = records;
    this.#rateLimits = rateLimits;
    this.#onVerdict = onVerdict;
  }

  /** Checks a key. */
  async verify(caller: Caller, request: VerificationRequest): Promise<Verdict> {
    const record = await this.findRecord(request.key, caller.actor, request.fullyConsistent);
    return this.#conclude(caller, request, judge(caller, request, record));
  }

  /**
   * Checks a key without waiting for anything; the warm path.
   *
   * @param send answers with the verdict, and says whether it could: a verdict that was not sent counts for nothing, and what
   * it spent is not spent
   * @returns whether a verdict was sent; if not, `verify` gives the answer
   */
  tryVerify(caller: Caller, request: VerificationRequest, send: (verdict: Verdict) => boolean): boolean {
    const reached = this.#verdictNow(caller, request);
    if (reached === undefined) {
      return false;
    }
    if (send(reached)) {
      this.#onVerdict(caller, reached, request.source);
      return true;
    }
    if (reached.record !== undefined && reached.limits.length > 0) {
      this.#rateLimits.unspendNow(reached.record, request.cost);
    }
    return false;
  }

  /** Checks many keys. The limits of one key are spent in the order of the requests. */
  async verifyMany(caller: Caller, requests: readonly VerificationRequest[]): Promise<readonly Verdict[]> {
    const { actor } = caller;
    const keys = requests.map(({ key }) => key);
    const fresh = requests.some(({ key, fullyConsistent }) => fullyConsistent && isPossible(key));
    const records = await this.#findPossible(keys, fresh, actor);
    const verdicts = await inSlices(requests, sliceSize, actor, (slice) =>
      slice.map((request) => this.#conclude(caller, request, judge(caller, request, records.get(request.key)))),
    );
    return Promise.all(verdicts.flat());
  }

  /**
   * What is known of a presented key, root keys included; undefined when there is no such key. A value of our format with a
   * wrong checksum was never handed out and costs no look-up.
   *
   * @param actor who waits for it: look-ups are made in turn
   * @param fresh whether the database must be asked
   */
  async findRecord(key: string, actor: string, fresh = false): Promise<KeyRecord | undefined> {
    return isPossible(key) ? this.#records.find(digestOf(key), fresh, actor) : undefined;
  }

  /** The same of a key of which the digest alone is known. */
  async findRecordOf(digest: DigestText, actor: string): Promise<KeyRecord | undefined> {
    return this.#records.find(Buffer.from(digest, "latin1"), false, actor);
  }

  /** The same of many keys at once. @returns in their order */
  async findRecordsOf(keys: readonly string[], actor: string): Promise<readonly (KeyRecord | undefined)[]> {
    const records = await this.#findPossible(keys, false, actor);
    return keys.map((key) => records.get(key));
  }

  /** The same from memory alone, by the key's digest; null: there is no such key; undefined: memory cannot say. */
  rememberedRecord(digest: DigestText): KeyRecord | null | undefined {
    return this.#records.remembered(digest);
  }

  /** @returns undefined when the database has to be asked */
  #verdictNow(caller: Caller, request: VerificationRequest): Verdict | undefined {
    const record = request.fullyConsistent ? undefined : this.#rememberedOf(request.key);
    if (record === undefined) {
      return undefined;
    }
    const judged = judge(caller, request, record ?? undefined);
    if ("code" in judged) {
      return judged;
    }
    if (!isLimited(judged.record.rateLimits)) {
      return verdict("valid", judged.record);
    }
    const decision = this.#rateLimits.spendNow(judged.record, request.cost, caller.actor);
    return decision && limitVerdict(judged.record, decision);
  }

  /** What is remembered is possible: it need not be checked again. */
  #rememberedOf(key: string): KeyRecord | null | undefined {
    if (key.length > maxKeyLength) {
      return null;
    }
    const remembered = this.rememberedRecord(digestTextOf(key));
    return remembered === undefined && !isPossible(key) ? null : remembered;
  }

  /** @returns by key */
  async #findPossible(
    keys: readonly string[],
    fresh: boolean,
    actor: string,
  ): Promise<ReadonlyMap<string, KeyRecord | undefined>> {
    const found = await inSlices([...new Set(keys)], sliceSize, actor, async (slice) => {
      const possible = slice.filter(isPossible);
      const records = await this.#records.findMany(possible.map(digestOf), fresh, actor);
      return possible.map((key, i) => [key, records[i]] as const);
    });
    return new Map((await Promise.all(found)).flat());
  }

  async #conclude(caller: Caller, request: VerificationRequest, judged: Verdict | Admissible): Promise<Verdict> {
    if ("code" in judged) {
      return this.#told(caller, request, judged);
    }
    const { record } = judged;
    if (!isLimited(record.rateLimits)) {
      return this.#told(caller, request, verdict("valid", record));
    }
    const decision = await this.#rateLimits.spend(record, request.cost, caller.actor, request.fullyConsistent);
    return this.#told(caller, request, limitVerdict(record, decision));
  }

  #told(caller: Caller, { source }: VerificationRequest, told: Verdict): Verdict {
    this.#onVerdict(caller, told, source);
    return told;
  }
}

/** All checks but the limits. */
function judge(caller: Caller, request: VerificationRequest, record: KeyRecord | undefined): Verdict | Admissible {
  if (record === undefined || !isVisible(caller, request, record)) {
    return verdict("not_found", undefined);
  }
  const status = keyStatusError(record);
  if (status !== undefined) {
    return verdict(status, record);
  }
  return scopeDenial(record, request.requiredScopes) ?? { record };
}

function isPossible(key: string): boolean {
  return key !== "" && key.length <= maxKeyLength && !(hasSecretShape(key) && !hasValidChecksum(key));
}

function isVisible(caller: Caller, request: VerificationRequest, record: KeyRecord): boolean {
  return (
    record.projectId !== builtInProjectId &&
    reaches(caller, record.projectPublicId) &&
    (request.projectPublicId === undefined || request.projectPublicId === record.projectPublicId)
  );
}
