import type { Violation } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, type ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus } from "@connectrpc/connect/protocol-connect";
import { type HttpRequest, problemOf } from "../../http/http.js";
import { infoOf, reasonOf, refusalHeaders, violatedPath, violationsOf } from "../told-error.js";
import { headerOfField } from "./header-fields.js";

/** What is wrong with a field. */
interface FieldProblem {
  readonly field: string;
  readonly rule: string;
  readonly message: string;
}

/** RFC 9457, with what programs go by: `reason`, which does not change, and the fields. `instance` is the request's id. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly reason: string;
  readonly errors?: readonly FieldProblem[];
}

/** A refusal as HTTP has it. */
export interface Refusal {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where the status says more than that of the error's code. */
const statusOfReason: Readonly<Record<string, number>> = {
  // Waiting does not help.
  API_KEY_LIMIT_REACHED: 400,
  ETAG_MISMATCH: 412,
  REQUEST_ID_REUSED: 422,
};

/** The status of a denial. */
export function statusOf(reason: string, code: Code): number {
  return statusOfReason[reason] ?? codeToHttpStatus(code);
}

/**
 * The refusal that an error of the pipeline is over REST.
 *
 * @param isUnread whether the error is about the request's body, which was not read to its end
 */
export function refusalOf(error: ConnectError, request: HttpRequest, requestId: string, isUnread: boolean): Refusal {
  const { reason, facts } = infoOf(error);
  const isTooLong = isUnread && error.code === Code.ResourceExhausted && !Object.hasOwn(statusOfReason, reason);
  const status = isTooLong ? 413 : statusOf(reason, error.code);
  const errors = violationsOf(error).map((violation) => fieldProblem(violation, request));
  return {
    problem: {
      ...problemOf(status, error.rawMessage),
      instance: requestId,
      reason: reason === "" && status === 413 ? "REQUEST_TOO_LARGE" : reasonOf(error),
      ...(errors.length > 0 && { errors }),
    },
    headers: refusalHeaders(status, facts),
  };
}

/** A refusal that no rpc has: by what was requested and how, before there was a call. */
export function refusal(
  status: number,
  reason: string,
  detail: string,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  return { problem: { ...problemOf(status, detail), instance: requestId, reason }, headers };
}

/** Fields of a listing's query are parameters here, and go by their own names, as do headers. */
function fieldProblem(violation: Violation, request: HttpRequest): FieldProblem {
  const path = violatedPath(violation);
  return {
    field:
      headerOfField(path, request) ?? path.replace(/^query\.(?:pagination\.)?/, "").replace(/^sorting\..*/, "sort"),
    rule: violation.ruleId,
    message: violation.message,
  };
}
