import { randomUUID } from "node:crypto";
import type { RpcClient } from "../lib/rpc-client.js";
import { isCertain, type KeyBook, type LiveKey, oneOf, unchanged, unknownKey } from "./key-book.js";
import type { Tally } from "./tally.js";

interface Verdict {
  readonly valid: boolean;
  readonly code: string;
  readonly metadata?: { readonly revision?: number };
}

interface Answer {
  readonly apiKey: { readonly id: string };
  readonly keyValue: string;
  readonly propagation: { readonly effectiveAt: string; readonly pendingInstances: number };
}

const valid = "VERIFICATION_CODE_VALID";
const scope = "orders:read";
const hourMs = 60 * 60 * 1000;

interface CallerOptions {
  readonly book: KeyBook;
  readonly rpcs: readonly RpcClient[];
  readonly tally: Tally;
  /** Public ids. */
  readonly projectIds: readonly string[];
}

/** One call of some kind. `dueAt` is when it should begin, by the monotonic clock. */
export type Call = (dueAt: number) => Promise<void>;

/** Makes each kind of call, of any of the instances, and judges the answer. */
export class Caller {
  readonly #options: CallerOptions;
  #made = 0;

  constructor(options: CallerOptions) {
    this.#options = options;
  }

  verify(kind: string): Call {
    return async (dueAt) => {
      const key = this.#options.book.live();
      const { value, revision, endings } = key;
      const verdict = await this.#verify(kind, dueAt, { key: value, requiredScopes: [scope] });
      if (!isCertain(key, endings)) {
        this.#options.tally.eitherWay += 1;
      } else if (this.#expect(kind, verdict, valid) && (verdict.metadata?.revision ?? 0) < revision) {
        this.#options.tally.fault(`${kind}: answered by what held before a change`, JSON.stringify(verdict));
      }
    };
  }

  verifyLimited(kind: string): Call {
    return async (dueAt) => {
      const key = this.#options.book.limited();
      this.#expect(kind, await this.#verify(kind, dueAt, { key, requiredScopes: [scope] }), valid);
    };
  }

  verifyCold(kind: string): Call {
    return async (dueAt) => {
      const key = this.#options.book.cold();
      this.#expect(kind, await this.#verify(kind, dueAt, { key, requiredScopes: [scope] }), valid);
    };
  }

  verifyUnknown(kind: string): Call {
    return async (dueAt) => {
      const verdict = await this.#verify(kind, dueAt, { key: unknownKey() });
      this.#expect(kind, verdict, "VERIFICATION_CODE_NOT_FOUND");
    };
  }

  verifyEnded(kind: string): Call {
    return async (dueAt) => {
      const key = this.#options.book.oneThatEnded();
      if (key !== undefined) {
        this.#expectEnded(kind, await this.#verify(kind, dueAt, { key }));
      }
    };
  }

  verifyWithoutScope(kind: string): Call {
    return async (dueAt) => {
      const key = this.#options.book.live();
      const { endings } = key;
      const verdict = await this.#verify(kind, dueAt, { key: key.value, requiredScopes: ["billing:read"] });
      if (isCertain(key, endings)) {
        this.#expect(kind, verdict, "VERIFICATION_CODE_INSUFFICIENT_SCOPE");
      }
    };
  }

  create(kind: string): Call {
    return async (dueAt) => {
      const projectId = this.#projectId();
      const name = `made ${++this.#made}`;
      const body = {
        projectId,
        name,
        ownerId: `owner of ${name}`,
        neverExpires: true,
        metadata: unchanged,
        scopes: [scope],
        requestId: randomUUID(),
      };
      const { apiKey, keyValue } = await this.#timed<Answer>(kind, dueAt, "ApiKeyService/CreateApiKey", body);
      this.#expect(`verified right after: ${kind}`, await this.#verifyNow(keyValue), valid);
      const { id } = apiKey;
      this.#options.book.add({ projectId, id, value: keyValue, revision: 0, isChanging: false, endings: 0 });
    };
  }

  update(kind: string): Call {
    return this.#change(async (key, dueAt) => {
      const revision = key.revision + 1;
      const body = { ...idsOf(key), metadata: { revision } };
      this.#inForce(kind, await this.#timed<Answer>(kind, dueAt, "ApiKeyService/UpdateApiKey", body));
      key.revision = revision;
    });
  }

  rotate(kind: string): Call {
    return this.#change(async (key, dueAt) => {
      key.endings += 1;
      const before = key.value;
      const body = { ...idsOf(key), requestId: randomUUID() };
      const answer = await this.#timed<Answer>(kind, dueAt, "ApiKeyService/RotateApiKey", body);
      this.#inForce(kind, answer);
      key.value = answer.keyValue;
      key.endings += 1;
      this.#expectEnded(`verified right after: ${kind}`, await this.#verifyNow(before));
      this.#options.book.ended(before);
    });
  }

  revoke(kind: string): Call {
    return this.#change(async (key, dueAt) => {
      this.#options.book.remove(key);
      const body = { ...idsOf(key), reason: "REVOCATION_REASON_NO_LONGER_NEEDED" };
      this.#inForce(kind, await this.#timed<Answer>(kind, dueAt, "ApiKeyService/RevokeApiKey", body));
      this.#expectEnded(`verified right after: ${kind}`, await this.#verifyNow(key.value));
      this.#options.book.ended(key.value);
    });
  }

  get(kind: string): Call {
    return async (dueAt) => {
      const key = this.#options.book.live();
      const { apiKey } = await this.#timed<Answer>(kind, dueAt, "ApiKeyService/GetApiKey", idsOf(key));
      if (apiKey.id !== key.id) {
        this.#options.tally.fault(`${kind}: another key`, `${apiKey.id} for ${key.id}`);
      }
    };
  }

  list(kind: string, rpc: string): Call {
    return async (dueAt) => {
      const { data } = await this.#timed<{ readonly data: readonly object[] }>(kind, dueAt, rpc, {
        projectId: this.#projectId(),
      });
      if (data.length === 0) {
        this.#options.tally.fault(`${kind}: nothing`, rpc);
      }
    };
  }

  usage(kind: string): Call {
    return async (dueAt) => {
      const now = Date.now();
      await this.#timed(kind, dueAt, "UsageService/GetUsage", {
        ...idsOf(this.#options.book.live()),
        startTime: new Date(now - 24 * hourMs),
        endTime: new Date(now + hourMs),
        granularity: "GRANULARITY_HOUR",
      });
    };
  }

  /** A change that fails leaves its key to nobody: how it is then is not known. */
  #change(change: (key: LiveKey, dueAt: number) => Promise<void>): Call {
    return async (dueAt) => {
      const { book } = this.#options;
      const key = book.liveToChange();
      await change(key, dueAt);
      book.changed(key);
    };
  }

  async #verify(kind: string, dueAt: number, body: object): Promise<Verdict> {
    const verdict = await this.#timed<Verdict>(kind, dueAt, "VerificationService/VerifyApiKey", body);
    this.#options.tally.verdict(verdict.code);
    return verdict;
  }

  async #verifyNow(key: string): Promise<Verdict> {
    return this.#verify("right after a change", performance.now(), { key });
  }

  async #timed<Message>(kind: string, dueAt: number, rpc: string, body: object): Promise<Message> {
    const answer = await oneOf(this.#options.rpcs).call(rpc, body);
    this.#options.tally.answered(kind, performance.now() - dueAt);
    return JSON.parse(answer) as Message;
  }

  #expect(kind: string, verdict: Verdict, code: string): boolean {
    const isRight = verdict.code === code && verdict.valid === (code === valid);
    if (!isRight) {
      this.#options.tally.fault(`${kind}: ${verdict.code} for ${code}`, JSON.stringify(verdict));
    }
    return isRight;
  }

  /** A value that was revoked or rotated away without a grace. */
  #expectEnded(kind: string, verdict: Verdict): void {
    const code = verdict.code.replace("VERIFICATION_CODE_", "");
    if (verdict.valid || !["REVOKED", "EXPIRED", "NOT_FOUND"].includes(code)) {
      this.#options.tally.fault(`${kind}: ${code} for a value that had ended`, JSON.stringify(verdict));
    }
  }

  #inForce(kind: string, { propagation }: Answer): void {
    if (propagation.pendingInstances !== 0 || Date.parse(propagation.effectiveAt) > Date.now()) {
      this.#options.tally.fault(`${kind}: not in force everywhere as it returned`, JSON.stringify(propagation));
    }
  }

  #projectId(): string {
    return oneOf(this.#options.projectIds);
  }
}

function idsOf({ projectId, id }: LiveKey) {
  return { projectId, apiKeyId: id };
}
