import { Code, ConnectError } from "@connectrpc/connect";
import type { Logger } from "pino";
import { DomainError } from "../../domain/domain-error.js";
import { databaseFailure } from "./database-failures.js";
import { connectErrorOf } from "./domain-errors.js";

/**
 * The error that a caller may see for one that was thrown: the one place where denials by the domains, failures of the
 * database and faults of ours become errors of the rpc. What we did not foresee is `internal`, says nothing but the
 * request's id, and is in the log under that id.
 */
export function callerError(error: unknown, requestId: string, logger: Logger): ConnectError {
  if (error instanceof ConnectError) {
    return error;
  }
  if (error instanceof DomainError) {
    return connectErrorOf(error);
  }
  if (error instanceof Error && error.name === "AbortError") {
    // What a handler gave up when its signal aborted: the signal's reason tells a passed deadline from a client that left.
    return error.cause instanceof ConnectError ? error.cause : new ConnectError("the call was canceled", Code.Canceled);
  }
  const failure = error instanceof Error ? databaseFailure(error) : undefined;
  if (failure !== undefined) {
    logger.warn({ err: error, request_id: requestId }, "database failure");
    return failure;
  }
  logger.error({ err: error, request_id: requestId }, "unexpected failure");
  return new ConnectError(`internal error; request id ${requestId}`, Code.Internal);
}
