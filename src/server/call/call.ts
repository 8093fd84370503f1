import { type Code, createContextKey } from "@connectrpc/connect";
import { codeName } from "../errors/code-name.js";

/**
 * Where a call stands. Errors of the phases `decoding` and `encoding` are the libraries' own and quote the message;
 * errors of the others are ours.
 */
export type CallPhase = "gate" | "decoding" | "handling" | "encoding";

/** One request on its way through the transport. */
export class Call {
  phase: CallPhase = "gate";
  /** The rpc protocol, once the call's headers were taken for one. */
  protocol: string | undefined;
  /** Aborts at the call's deadline, and when the client leaves. */
  signal: AbortSignal | undefined;
  /** What a change is about, as the log names it: ids, never a secret. */
  resource: Readonly<Record<string, string>> = {};
  readonly startedAt = performance.now();
  readonly #requestId: string;
  #outcome = "ok";

  constructor(requestId: string) {
    this.#requestId = requestId;
  }

  get requestId(): string {
    return this.#requestId;
  }

  /** `ok`, a code of the rpc protocols, or `http_<status>` where the request was no rpc. */
  get outcome(): string {
    return this.#outcome;
  }

  get durationMs(): number {
    return performance.now() - this.startedAt;
  }

  failed(code: Code): void {
    this.#outcome = codeName(code);
  }

  refused(status: number): void {
    this.#outcome = `http_${status}`;
  }
}

export const callKey = createContextKey<Call | undefined>(undefined, { description: "call" });
