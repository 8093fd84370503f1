import type { JsonObject } from "@bufbuild/protobuf";
import type { RpcRule } from "../../src/server/call/rpc-table.js";
import type { Route } from "../../src/server/faces/routes.js";
import { commentOf } from "../comments.js";

interface RefusalKind {
  readonly status: number;
  /** Of the component. */
  readonly name: string;
  readonly description: string;
  readonly headers?: readonly HeaderName[];
  /** Undefined: a problem. */
  readonly schema?: "TransportRefusal";
  /** Whether a route may answer so; undefined: each may. */
  readonly where?: (route: Route, rule: RpcRule) => boolean;
}

export type HeaderName = keyof typeof headers;

/** The headers that answers have beside their bodies. */
export const headers = {
  "X-Request-Id": {
    description: "Names the request in the log and in the audit trail. A client may set it.",
    required: true,
    schema: { type: "string", pattern: "^[A-Za-z0-9._-]{1,64}$" },
  },
  "WWW-Authenticate": {
    description: "How to authenticate.",
    required: true,
    schema: { type: "string", const: 'Bearer realm="altalune"' },
  },
  "Retry-After": {
    description: "For how many seconds to wait before the request is sent again.",
    required: true,
    schema: { type: "string", pattern: "^[0-9]+$" },
  },
  ETag: {
    description: "Which state of it this is, to be given as `If-Match` with a change.",
    required: true,
    schema: { type: "string", pattern: '^"[!#-~]{1,64}"$' },
  },
  Location: {
    description: "The path of what was made.",
    required: true,
    schema: { type: "string", format: "uri-reference" },
  },
} as const satisfies Readonly<Record<string, JsonObject>>;

/**
 * In the order of their statuses. docs/rest.md tells of the same statuses, in words for the whole of REST, and of 405, which no
 * operation has; a test compares them.
 */
export const refusals: readonly RefusalKind[] = [
  {
    status: 400,
    name: "BadRequest",
    description:
      "The request does not follow a rule (`errors` names the fields), or what is there does not allow it; also API_KEY_LIMIT_REACHED, where waiting does not help.",
  },
  {
    status: 401,
    name: "Unauthorized",
    description: "There is no credential that works.",
    headers: ["WWW-Authenticate"],
  },
  { status: 403, name: "Forbidden", description: "The credential may not do this." },
  {
    status: 404,
    name: "NotFound",
    description: "There is no such thing, or the credential does not reach its project.",
    where: (route) => /[{]/.test(route.template) || saysError(route, "_NOT_FOUND"),
  },
  {
    status: 409,
    name: "Conflict",
    description: "The name is taken, or another change came first.",
    where: (_route, rule) => "resource" in rule,
  },
  {
    status: 412,
    name: "PreconditionFailed",
    description: "What was to be changed has another etag than `If-Match` says: read it again.",
    where: (route) => names(route, "etag"),
  },
  {
    status: 413,
    name: "ContentTooLarge",
    description: "The body is larger than its rpc takes.",
    where: ({ body }) => body !== undefined,
  },
  {
    status: 415,
    name: "UnsupportedMediaType",
    description: "The body is of another type, in another charset or compressed.",
    where: ({ body }) => body !== undefined,
  },
  {
    status: 422,
    name: "UnprocessableContent",
    description: "The `Idempotency-Key` was sent with another request before.",
    where: (route) => names(route, "request_id"),
  },
  {
    status: 429,
    name: "TooManyRequests",
    description: "Too often.",
    headers: ["Retry-After"],
  },
  {
    status: 431,
    name: "RequestHeaderFieldsTooLarge",
    description:
      "Target and headers are larger than 16 KiB together. It is not read what was asked for, so this is no problem.",
    schema: "TransportRefusal",
  },
  { status: 500, name: "InternalServerError", description: "A fault of ours, in the log under the request's id." },
  {
    status: 503,
    name: "ServiceUnavailable",
    description: "The database is away or busy, or the service is about to stop.",
    headers: ["Retry-After"],
  },
  { status: 504, name: "GatewayTimeout", description: "The call took longer than it may." },
];

/** The headers that go with a status. */
export function headersOfStatus(status: number): readonly HeaderName[] {
  return refusals.find((kind) => kind.status === status)?.headers ?? [];
}

function names({ method }: Route, field: string): boolean {
  return method.input.fields.some(({ name }) => name === field);
}

function saysError({ method }: Route, reason: string): boolean {
  return commentOf(method).some((paragraph) => paragraph.startsWith("Errors:") && paragraph.includes(reason));
}
