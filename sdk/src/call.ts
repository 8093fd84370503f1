import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { AltaluneError, altaluneError } from "./altalune-error.js";
import { type CallOptions, prepareCall } from "./prepare-call.js";
import { mayRetry } from "./retries.js";

const mostAttempts = 3;
const firstPauseMs = 50;

/** What all calls of a client have in common. */
export interface CallSettings {
  readonly timeoutMs: number;
  /** What errors must not hold. */
  readonly secrets: readonly string[];
}

/**
 * One call: sent again at most twice where that does no harm, and over when its time is, whatever the network or a `fetch` of
 * somebody else's makes of it.
 */
export async function call<I extends DescMessage, O extends DescMessage>(
  transport: Transport,
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
  options: CallOptions | undefined,
  settings: CallSettings,
): Promise<MessageShape<O>> {
  const { message, headers, timeoutMs, signal, keys } = prepareCall(method, request, options, settings.timeoutMs);
  const secrets = [...settings.secrets, ...keys];
  const end = performance.now() + timeoutMs;
  return await within(timeoutMs, signal, async (ended) => {
    for (let attempt = 1; ; attempt += 1) {
      const left = Math.max(1, Math.ceil(end - performance.now()));
      try {
        return (await transport.unary(method, ended, left, headers, message)).message;
      } catch (thrown) {
        const error = altaluneError(thrown, secrets);
        const pauseMs = Math.max(error.retryAfterMs ?? 0, firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random()));
        const again = attempt < mostAttempts && mayRetry(method) && isPassing(error);
        if (!again || ended.aborted || performance.now() + pauseMs >= end) {
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        ended.throwIfAborted();
      }
    }
  });
}

/** Whether the same call may succeed a moment later: Altalune is away, stops, or is overloaded, or changes were in each other's way. */
function isPassing({ code, reason }: AltaluneError): boolean {
  return code === "unavailable" || ((code === "resource_exhausted" || code === "aborted") && reason === "");
}

async function within<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (ended: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let end: (error: AltaluneError) => void = () => undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    end = (error) => {
      reject(error);
      controller.abort();
    };
  });
  const canceled = () => end(new AltaluneError("the call was canceled", { code: "canceled" }));
  const timer = setTimeout(
    () => end(new AltaluneError(`no answer came within ${timeoutMs} ms`, { code: "deadline_exceeded" })),
    timeoutMs,
  );
  signal?.addEventListener("abort", canceled, { once: true });
  if (signal?.aborted) {
    canceled();
  }
  try {
    return await Promise.race([ended, work(controller.signal)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", canceled);
  }
}
