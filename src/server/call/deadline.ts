import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";

/** Answers a unary call at its deadline, whatever its handler is waiting for. */
export const deadline: Interceptor = (next) => async (request) => {
  if (request.stream) {
    return await next(request);
  }
  const { signal } = request;
  const { promise: over, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(ConnectError.from(signal.reason, Code.Canceled));
  if (signal.aborted) {
    onAbort();
  }
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([over, next(request)]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
};
