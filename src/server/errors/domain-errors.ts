import { create } from "@bufbuild/protobuf";
import {
  FieldPathElementSchema,
  FieldPathSchema,
  ViolationSchema,
  ViolationsSchema,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.js";
import { type DomainError, type DomainErrorKind, InvalidFieldError } from "../../domain/domain-error.js";

const errorDomain = "altalune";

/** The code of each kind of denial. */
export const codes: Readonly<Record<DomainErrorKind, Code>> = {
  invalid_argument: Code.InvalidArgument,
  not_found: Code.NotFound,
  already_exists: Code.AlreadyExists,
  resource_exhausted: Code.ResourceExhausted,
  failed_precondition: Code.FailedPrecondition,
  aborted: Code.Aborted,
  unauthenticated: Code.Unauthenticated,
  permission_denied: Code.PermissionDenied,
  unavailable: Code.Unavailable,
};

/** A denial by a rule, as clients get it: with google.rpc.ErrorInfo, or buf.validate.Violations for a bad field. */
export function connectErrorOf(error: DomainError): ConnectError {
  const detail = error instanceof InvalidFieldError ? violationDetail(error) : errorInfoDetail(error);
  return new ConnectError(error.message, codes[error.kind], undefined, [detail]);
}

function errorInfoDetail({ reason, facts }: DomainError) {
  return { desc: ErrorInfoSchema, value: create(ErrorInfoSchema, { reason, domain: errorDomain, metadata: facts }) };
}

function violationDetail({ field, rule, ruleId }: InvalidFieldError) {
  const elements = field.split(".").map((fieldName) => create(FieldPathElementSchema, { fieldName }));
  const violation = create(ViolationSchema, { field: create(FieldPathSchema, { elements }), ruleId, message: rule });
  return { desc: ViolationsSchema, value: create(ViolationsSchema, { violations: [violation] }) };
}
