import type { GuardedProject } from "./guarded-project.js";

/** What a guard makes of a request. */
export interface Row {
  readonly what: string;
  /** By turns names and values. */
  headers(keys: GuardedProject): readonly string[];
  readonly path?: "writing";
  readonly status: 200 | 401 | 403 | 410 | 429;
  readonly code?: string;
  /** `WWW-Authenticate`, with `<project>` for its id. */
  readonly challenge?: string;
  readonly detail?: string;
  /** Node hands on the first of them alone where a library asks for the joined headers, as Connect's does. */
  readonly dropped?: true;
  /** Credentials of several schemes in one header, which a short guard need not read. */
  readonly schemes?: "several";
}

const missing = {
  status: 401,
  code: "KEY_MISSING",
  challenge: 'Bearer realm="<project>"',
  detail: "send an API key",
} as const;
const invalid = 'Bearer realm="<project>", error="invalid_token"';
const ambiguous = {
  status: 401,
  code: "KEY_AMBIGUOUS",
  challenge: invalid,
  detail: "different API keys were sent; send one",
} as const;
const unknown = {
  status: 401,
  code: "NOT_FOUND",
  challenge: invalid,
  detail: "this API key is not known here",
} as const;

export const rows: readonly Row[] = [
  { what: "a good key in x-api-key", headers: ({ good }) => ["X-API-Key", good], status: 200 },
  { what: "a good key as a bearer token", headers: ({ good }) => ["Authorization", `Bearer ${good}`], status: 200 },
  { what: "bearer in small letters", headers: ({ good }) => ["authorization", `bearer ${good}`], status: 200 },
  { what: "white space around it", headers: ({ good }) => ["Authorization", ` \t Bearer \t ${good} \t `], status: 200 },
  { what: "a key with limits", headers: ({ limited }) => ["X-API-Key", limited], status: 200 },
  {
    what: "the same key in both headers",
    headers: ({ good }) => ["X-API-Key", good, "Authorization", `Bearer ${good}`],
    status: 200,
  },
  {
    what: "the same key twice, joined",
    headers: ({ good }) => ["X-API-Key", `${good}, ${good}`],
    status: 200,
  },
  {
    what: "another scheme beside a bearer token",
    headers: ({ good }) => ["Authorization", `Basic dXNlcjpwYXNz, Bearer ${good}`],
    status: 200,
    schemes: "several",
  },
  {
    what: "a good key for a route that its scopes cover",
    headers: ({ good }) => ["X-API-Key", good],
    path: "writing",
    status: 200,
  },
  { what: "no key", headers: () => [], ...missing },
  { what: "no key for a route with scopes", headers: () => [], path: "writing", ...missing },
  { what: "an empty key", headers: () => ["X-API-Key", "", "Authorization", "Bearer"], ...missing },
  { what: "another scheme", headers: () => ["Authorization", "Basic dXNlcjpwYXNz"], ...missing },
  { what: "a key with no scheme", headers: ({ good }) => ["Authorization", good], ...missing },
  {
    what: "two keys in two headers",
    headers: ({ good, other }) => ["X-API-Key", good, "Authorization", `Bearer ${other}`],
    ...ambiguous,
  },
  {
    what: "two headers of one name",
    headers: ({ good, other }) => ["X-API-Key", good, "X-API-Key", other],
    ...ambiguous,
  },
  {
    what: "two bearer tokens, of which Node keeps the first alone",
    headers: ({ good, other }) => ["Authorization", `Bearer ${good}`, "Authorization", `Bearer ${other}`],
    ...ambiguous,
    dropped: true,
  },
  {
    what: "something in a second header behind a bearer token",
    headers: ({ good }) => ["Authorization", `Bearer ${good}`, "Authorization", "xyz"],
    ...ambiguous,
    dropped: true,
    schemes: "several",
  },
  { what: "two keys, joined", headers: ({ good, other }) => ["X-API-Key", `${good},${other}`], ...ambiguous },
  {
    what: "something behind a bearer token",
    headers: ({ good, other }) => ["Authorization", `Bearer ${good}, ${other}`],
    ...ambiguous,
  },
  { what: "garbage", headers: () => ["X-API-Key", "garbage"], ...unknown },
  { what: "600 characters", headers: () => ["X-API-Key", "k".repeat(600)], ...unknown },
  { what: "bytes beyond ASCII", headers: () => ["X-API-Key", "\u00e9\u00ff"], ...unknown },
  { what: "a key of another project", headers: ({ elsewhere }) => ["X-API-Key", elsewhere], ...unknown },
  {
    what: "a revoked key",
    headers: ({ revoked }) => ["X-API-Key", revoked],
    status: 410,
    code: "REVOKED",
    challenge: invalid,
    detail: "this API key was revoked; use another",
  },
  {
    what: "a disabled key",
    headers: ({ disabled }) => ["X-API-Key", disabled],
    status: 401,
    code: "DISABLED",
    challenge: invalid,
    detail: "this API key is disabled",
  },
  {
    what: "an expired key",
    headers: ({ expired }) => ["X-API-Key", expired],
    status: 401,
    code: "EXPIRED",
    challenge: invalid,
    detail: "this API key has expired; use another",
  },
  {
    what: "a key that lacks the route's scope",
    headers: ({ readOnly }) => ["X-API-Key", readOnly],
    path: "writing",
    status: 403,
    code: "INSUFFICIENT_SCOPE",
    challenge: 'Bearer error="insufficient_scope", scope="orders:write"',
    detail: "this API key lacks a scope that is needed here",
  },
  {
    what: "a key whose limit is used up",
    headers: ({ usedUp }) => ["X-API-Key", usedUp],
    status: 429,
    code: "RATE_LIMITED",
    detail: "the limit of this API key is used up",
  },
];
