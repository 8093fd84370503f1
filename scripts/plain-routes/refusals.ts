import type { DomainErrorKind } from "../../src/domain/domain-error.js";
import { codes } from "../../src/server/errors/domain-errors.js";
import { statusOf } from "../../src/server/faces/rest/problem.js";
import type { Denial } from "../product.js";
import type { PlainRoute } from "./plain-route.js";

/** A refusal by its status, and why. */
export interface PlainRefusal {
  readonly status: number;
  readonly reasons: readonly Pick<Denial, "reason" | "sentence">[];
}

const kindsOfCredentials: Readonly<Record<PlainRoute["by"], readonly string[]>> = {
  anybody: [],
  "cookie or password": [],
  github: ["GITHUB_SIGNATURE_INVALID", "GITHUB_KEYS_UNAVAILABLE"],
  user: ["SESSION_INVALID", "ACCESS_TOKEN_INVALID", "TWO_CREDENTIALS"],
  owner: [
    "OWNER_CREDENTIAL_INVALID",
    "TWO_CREDENTIALS",
    "PERMISSION_MISSING",
    "USER_KEYS_NOT_ALLOWED",
    "ORIGIN_NOT_ALLOWED",
    "ISSUER_KEYS_UNAVAILABLE",
  ],
};

/** Refusals that no domain has a sentence for, or several have. */
const others: Readonly<Record<string, { readonly status: number; readonly sentence: string }>> = {
  INVALID_ARGUMENT: { status: 400, sentence: "a member or a parameter breaks a rule, which `fields` names" },
  REQUEST_INVALID: { status: 400, sentence: "the body is no request of GraphQL" },
  DOCUMENT_LIMIT: { status: 400, sentence: "the document asks for more than one may" },
  PERMISSION_MISSING: { status: 403, sentence: "the credential may not do this" },
  REQUEST_TOO_LARGE: { status: 413, sentence: "the body is larger than the route takes" },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, sentence: "send the body as JSON, with Content-Type: application/json" },
};

/** Which refusals a route has, beside 431, which has no reason. By their statuses. */
export function refusalsOf(route: PlainRoute, denials: readonly Denial[]): readonly PlainRefusal[] {
  const byStatus = new Map<number, PlainRefusal["reasons"]>();
  for (const reason of new Set(reasonsOf(route))) {
    const { status, sentence } = others[reason] ?? denialOf(reason, denials);
    byStatus.set(status, [...(byStatus.get(status) ?? []), { reason, sentence }]);
  }
  return [...byStatus].map(([status, reasons]) => ({ status, reasons })).sort((a, b) => a.status - b.status);
}

function reasonsOf({ by, method, path, body, parameters = [], denials = [] }: PlainRoute): readonly string[] {
  const isSignIn = by !== "owner" && by !== "github";
  const changes = method !== "GET" && by !== "github";
  const isGraphql = path === "/graphql";
  const isCreation = by === "owner" && body !== undefined && !isGraphql;
  const isRead = body !== undefined || parameters.some((one) => one["in"] === "query");
  return [
    ...(isGraphql ? ["REQUEST_INVALID", "DOCUMENT_LIMIT"] : isRead ? ["INVALID_ARGUMENT"] : []),
    ...(isSignIn ? ["PUBLIC_URL_MISSING"] : []),
    ...kindsOfCredentials[by],
    ...(changes && by !== "anybody" ? ["FOREIGN_PAGE"] : []),
    ...denials,
    ...(isCreation ? ["API_KEY_LIMIT_REACHED", "API_KEY_NAME_TAKEN", "REQUEST_ID_REUSED"] : []),
    ...(body === undefined ? [] : ["REQUEST_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"]),
    ...(isSignIn ? [] : ["TOO_MANY_FAILED_AUTHENTICATIONS"]),
    "DATABASE_BUSY",
    "DATABASE_SILENT",
  ];
}

/** As the domains say it. */
function denialOf(reason: string, denials: readonly Denial[]) {
  const denial = denials.find((one) => one.reason === reason);
  if (denial === undefined) {
    throw new Error(`no domain refuses by ${reason}`);
  }
  return { status: statusOf(reason, codes[denial.code as DomainErrorKind]), sentence: denial.sentence };
}
