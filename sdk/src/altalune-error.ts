import { Code, ConnectError } from "@connectrpc/connect";
import { type FieldPath, ViolationsSchema } from "./gen/buf/validate/validate_pb.js";
import { ErrorInfoSchema } from "./gen/google/rpc/error_details_pb.js";

/** How a call failed, by the names of Connect and gRPC. */
export type AltaluneErrorCode =
  | "canceled"
  | "unknown"
  | "invalid_argument"
  | "deadline_exceeded"
  | "not_found"
  | "already_exists"
  | "permission_denied"
  | "resource_exhausted"
  | "failed_precondition"
  | "aborted"
  | "out_of_range"
  | "unimplemented"
  | "internal"
  | "unavailable"
  | "data_loss"
  | "unauthenticated";

/** A field of the request that does not follow a rule. */
export interface FieldViolation {
  /** As the contract names it: `query.pagination.page_size`, `scopes[3]`. Empty: it is about several fields. */
  readonly field: string;
  /** The rule's name: `string.min_len`. */
  readonly rule: string;
  /** What the field must be. */
  readonly message: string;
}

interface Facts {
  readonly code: AltaluneErrorCode;
  readonly reason?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly FieldViolation[];
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/**
 * Why a call to Altalune failed. It holds nothing of the request: no root key, no API key, and no `cause`, since errors of
 * HTTP clients often carry what was sent.
 *
 * @example
 * try {
 *   await altalune.projects.getProject({ projectId });
 * } catch (error) {
 *   if (error instanceof AltaluneError && error.reason === "PROJECT_NOT_FOUND") {
 *     return undefined;
 *   }
 *   throw error;
 * }
 */
export class AltaluneError extends Error {
  override readonly name = "AltaluneError";
  readonly code: AltaluneErrorCode;
  /** Which rule denied the call, such as `API_KEY_NAME_TAKEN`; docs/api.md lists them. Empty: none did. */
  readonly reason: string;
  /** What the rule says of itself. */
  readonly metadata: Readonly<Record<string, string>>;
  /** With `invalid_argument`: the fields, and what each must be. */
  readonly violations: readonly FieldViolation[];
  /** Names the call in Altalune's log. Undefined: no answer came. */
  readonly requestId: string | undefined;
  /** How long Altalune asks to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, facts: Facts) {
    super(message);
    this.code = facts.code;
    this.reason = facts.reason ?? "";
    this.metadata = facts.metadata ?? {};
    this.violations = facts.violations ?? [];
    this.requestId = facts.requestId;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/**
 * Whatever a transport throws, as what callers may see.
 *
 * @param secrets what was sent and must not come back, should somebody on the way have quoted it
 */
export function altaluneError(thrown: unknown, secrets: readonly string[] = []): AltaluneError {
  if (thrown instanceof AltaluneError) {
    return thrown;
  }
  const error = ConnectError.from(thrown);
  if (error.cause !== undefined && error.code !== Code.Canceled) {
    return transportFailure(error.cause);
  }
  const info = error.findDetails(ErrorInfoSchema)[0];
  // One may stand in another, of which the rest would be left.
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
  const clean = (text: string) => longestFirst.reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text);
  return new AltaluneError(clean(error.rawMessage), {
    code: codeName(error.code),
    reason: clean(info?.reason ?? ""),
    metadata: Object.fromEntries(Object.entries(info?.metadata ?? {}).map(([name, value]) => [name, clean(value)])),
    violations: error.findDetails(ViolationsSchema).flatMap(({ violations }) =>
      violations.map(({ field, ruleId, message }) => ({
        field: clean(fieldText(field)),
        rule: clean(ruleId),
        message: clean(message),
      })),
    ),
    requestId: error.metadata.get("x-request-id") ?? undefined,
    retryAfterMs: retryAfterOf(error.metadata.get("retry-after")),
  });
}

/** What was thrown on the way may quote what was sent: only the system's name for it is passed on. */
function transportFailure(thrown: unknown): AltaluneError {
  const codes = [thrown, thrown instanceof Error ? thrown.cause : undefined].map((error) =>
    error instanceof Error && "code" in error ? String(error.code) : "",
  );
  const code = codes.find((text) => /^[A-Z][A-Z0-9_]{2,40}$/.test(text));
  const reached = !(thrown instanceof TypeError || code !== undefined);
  return reached
    ? new AltaluneError("what came back is no answer of Altalune's: does url name it?", { code: "unknown" })
    : new AltaluneError(`Altalune cannot be reached${code === undefined ? "" : ` (${code})`}`, { code: "unavailable" });
}

function codeName(code: Code): AltaluneErrorCode {
  return Code[code].replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase() as AltaluneErrorCode;
}

function fieldText(path: FieldPath | undefined): string {
  return (path?.elements ?? [])
    .map(({ fieldName, subscript }) => fieldName + (subscript.case === "index" ? `[${subscript.value}]` : ""))
    .join(".");
}

function retryAfterOf(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}
