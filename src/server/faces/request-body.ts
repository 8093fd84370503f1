import { Code, ConnectError } from "@connectrpc/connect";
import { readAllBytes } from "@connectrpc/connect/protocol";
import type { Call } from "../call/call.js";
import type { HttpRequest } from "../http/http.js";

/**
 * The bytes of a request, until the call's deadline: a body that trickles in does not hold a call open.
 *
 * It can be left half read and answered all the same, where Node's own iterator would tear the connection down.
 */
export async function* requestBody(request: HttpRequest, call: Call): AsyncGenerator<Uint8Array> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => undefined);
  const signal = call.signal;
  const onAbort = (): void => reject(ConnectError.from(signal?.reason, Code.Canceled));
  if (signal?.aborted === true) {
    onAbort();
  }
  signal?.addEventListener("abort", onAbort);
  const chunks = request.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const chunk = await Promise.race([aborted, chunks.next()]);
      if (chunk.done === true) {
        return;
      }
      yield chunk.value as Uint8Array;
    }
  } catch (error) {
    throw error instanceof ConnectError ? error : new ConnectError("the request broke off", Code.Canceled);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    chunks.return?.(undefined)?.catch(() => undefined);
  }
}

/**
 * The whole of a request's body.
 *
 * @throws ConnectError when it is larger, or does not come to its end
 */
export async function readBody(request: HttpRequest, call: Call, readMaxBytes: number): Promise<Uint8Array> {
  const length = request.headers["content-length"];
  const known = Number(length);
  // Mostly all of it is there by now, and need not be waited for.
  const whole = known > 0 && known <= readMaxBytes ? (request.read(known) as Buffer | null) : null;
  return whole ?? (await readAllBytes(requestBody(request, call), readMaxBytes, length));
}
