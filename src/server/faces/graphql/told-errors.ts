import { Code, type ConnectError } from "@connectrpc/connect";
import { codeName } from "../../errors/code-name.js";
import { infoOf, reasonOf, violatedPath, violationsOf } from "../told-error.js";

/** What is wrong with an argument. */
interface ArgumentFault {
  readonly field: string;
  readonly rule: string;
  readonly message: string;
}

/** An error as answers have it. Programs go by `code`, as GraphQL servers have it, or closer by `reason`. */
export interface ToldError {
  readonly message: string;
  readonly extensions: {
    readonly code: string;
    readonly reason: string;
    readonly requestId: string;
    readonly fields?: readonly ArgumentFault[];
    readonly retryAfterSeconds?: number;
  };
}

/** Others are called as the rpc protocols call them. */
const namesOfCodes: ReadonlyMap<Code, string> = new Map([
  [Code.InvalidArgument, "BAD_USER_INPUT"],
  [Code.Unauthenticated, "UNAUTHENTICATED"],
  [Code.PermissionDenied, "FORBIDDEN"],
  [Code.NotFound, "NOT_FOUND"],
  [Code.Internal, "INTERNAL_SERVER_ERROR"],
]);

/** What a call was refused with. */
export function toldError(error: ConnectError, requestId: string): ToldError {
  const { facts } = infoOf(error);
  const fields = violationsOf(error).map((violation) => ({
    field: violatedPath(violation),
    rule: violation.ruleId,
    message: violation.message,
  }));
  const seconds = Number(facts["retry_after_seconds"]);
  return {
    message: error.rawMessage,
    extensions: {
      code: namesOfCodes.get(error.code) ?? codeName(error.code).toUpperCase(),
      reason: reasonOf(error),
      requestId,
      ...(fields.length > 0 && { fields }),
      ...(seconds > 0 && { retryAfterSeconds: seconds }),
    },
  };
}

/** A refusal that no rpc has. */
export function refused(code: string, reason: string, message: string, requestId: string): ToldError {
  return { message, extensions: { code, reason, requestId } };
}
