import { type Violation, ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import type { ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.js";
import { codeName } from "../errors/code-name.js";

/** Why a call was refused, and what goes with that; the reason is empty where the error has its kind alone. */
export function infoOf(error: ConnectError) {
  const [info] = error.findDetails(ErrorInfoSchema);
  return { reason: info?.reason ?? "", facts: info?.metadata ?? {} };
}

/** Errors without a reason of their own have their kind's. */
export function reasonOf(error: ConnectError): string {
  return infoOf(error).reason || codeName(error.code).toUpperCase();
}

export function violationsOf(error: ConnectError): readonly Violation[] {
  return error.findDetails(ViolationsSchema).flatMap(({ violations }) => violations);
}

/** The path of the field that is at fault, such as `scopes[3]`. */
export function violatedPath({ field }: Violation): string {
  return (field?.elements ?? [])
    .map(({ fieldName, subscript }) => (subscript.case === "index" ? `${fieldName}[${subscript.value}]` : fieldName))
    .join(".");
}

/** What HTTP says beside the status of a refusal. */
export function refusalHeaders(
  status: number,
  facts: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  switch (status) {
    case 401:
      return { "www-authenticate": 'Bearer realm="altalune"' };
    case 429:
    case 503:
      return { "retry-after": facts["retry_after_seconds"] ?? "1" };
    default:
      return {};
  }
}
