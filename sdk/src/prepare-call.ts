import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { AltaluneError, type FieldViolation } from "./altalune-error.js";

/** What one call may set for itself. */
export interface CallOptions {
  /** How long the call may take, all attempts together. Default: that of the client. */
  readonly timeoutMs?: number;
  /** Ends the call when it is aborted. */
  readonly signal?: AbortSignal;
  /** Sent along, such as `x-request-id`, by which Altalune's log names the call. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A call as it is sent, however often. */
export interface PreparedCall<I extends DescMessage> {
  readonly message: MessageShape<I>;
  readonly headers: Headers;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** API keys that it asks about. */
  readonly keys: readonly string[];
}

/**
 * Makes of what the caller gave what can be sent. Its faults are found here: once a request is under way, they would look like
 * Altalune's.
 *
 * @throws AltaluneError `invalid_argument`, which holds no value of the caller's
 */
export function prepareCall<I extends DescMessage>(
  { input }: DescMethodUnary<I>,
  request: MessageInitShape<I>,
  options: CallOptions | undefined,
  defaultTimeoutMs: number,
): PreparedCall<I> {
  const { timeoutMs = defaultTimeoutMs, headers } = options ?? {};
  const signal = options?.signal ?? undefined;
  if (!isTimeout(timeoutMs)) {
    throw fault(timeoutRule);
  }
  if (signal !== undefined && typeof signal.addEventListener !== "function") {
    throw fault("signal must be an AbortSignal");
  }
  const message = messageOf(input, request);
  return { message, headers: headersOf(headers), timeoutMs, signal, keys: keysIn(message) };
}

/** A timer can count no longer. */
const longestTimeoutMs = 2 ** 31 - 1;

export const timeoutRule = `timeoutMs must be a number of milliseconds, more than 0 and at most ${longestTimeoutMs}`;

export function isTimeout(ms: number): boolean {
  return typeof ms === "number" && ms > 0 && ms <= longestTimeoutMs;
}

function messageOf<I extends DescMessage>(desc: I, request: MessageInitShape<I>): MessageShape<I> {
  if (typeof request !== "object" || request === null) {
    throw fault("the request must be an object");
  }
  try {
    const message = create(desc, request);
    toBinary(desc, message);
    return message;
  } catch (thrown) {
    // The library's sentence quotes the value behind the field's name.
    const [, field = ""] =
      /^cannot encode field [\w.]+\.(\w+) to /.exec(thrown instanceof Error ? thrown.message : "") ?? [];
    const message = "must be of the type and in the range that the contract says";
    throw fault(`${field || "the request"} ${message}`, field === "" ? [] : [{ field, rule: "type", message }]);
  }
}

/** Those of VerifyApiKey and BatchVerifyApiKeys. */
function keysIn(message: Message & { readonly key?: unknown; readonly requests?: unknown }): readonly string[] {
  const requests: readonly { readonly key?: unknown }[] = Array.isArray(message.requests) ? message.requests : [];
  return [message, ...requests].flatMap(({ key }) => (typeof key === "string" && key !== "" ? [key] : []));
}

function headersOf(headers: CallOptions["headers"]): Headers {
  try {
    return new Headers(headers);
  } catch {
    throw fault("headers must be names and values that HTTP can carry, without line breaks");
  }
}

function fault(message: string, violations: readonly FieldViolation[] = []): AltaluneError {
  return new AltaluneError(message, { code: "invalid_argument", violations });
}
