import type { Interceptor } from "@connectrpc/connect";
import type { Logger } from "pino";
import { callerError } from "../errors/caller-error.js";
import { callContextKey } from "./call-context.js";

/** Lets nothing but ConnectErrors out, and nothing of an unforeseen cause. */
export function callerErrors(logger: Logger): Interceptor {
  return (next) => async (request) => {
    const { requestId } = request.contextValues.get(callContextKey);
    const expected = (error: unknown): Error => callerError(error, requestId, logger);
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: mapErrors(response.message, expected) } : response;
    } catch (error) {
      throw expected(error);
    }
  };
}

/** The same values; an error comes out as what `map` makes of it. */
export async function* mapErrors<T>(values: AsyncIterable<T>, map: (error: unknown) => Error): AsyncGenerator<T> {
  try {
    yield* values;
  } catch (error) {
    throw map(error);
  }
}
