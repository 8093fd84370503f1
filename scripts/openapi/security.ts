import type { JsonObject } from "@bufbuild/protobuf";
import type { RpcRule } from "../../src/server/call/rpc-table.js";
import type { By } from "../plain-routes/route.js";

const bearer = { type: "http", scheme: "bearer" } as const;

/** Every kind of credential. A request has one of them. */
export const securitySchemes = {
  rootKey: {
    ...bearer,
    description:
      "A root key, made by `altalune root-key create`. Each operation names the scope that it needs; `*` covers all of them.",
  },
  accessToken: {
    ...bearer,
    bearerFormat: "JWT",
    description:
      "A user's access token, which `/api/auth/token` gives. The user may do what the role has scopes for; where a project allows users, also what owners of keys may.",
  },
  sessionCookie: {
    type: "apiKey",
    in: "cookie",
    name: "__Host-altalune_session",
    description:
      "A user's session in a browser, which `/api/auth/login` begins; over http, on the machine itself, `altalune_session`. What changes anything by it comes from a page of Altalune's own: `Origin` or `Sec-Fetch-Site` says so.",
  },
  portalToken: { ...bearer, description: "A portal token, which ExchangePortalCode gives." },
  issuerToken: {
    ...bearer,
    bearerFormat: "JWT",
    description:
      "A JSON Web Token of an issuer that the project trusts. The header `X-Altalune-Project-Id`, or `project_id` in the query of plain routes, names the project.",
  },
} as const satisfies Readonly<Record<string, JsonObject>>;

type Security = Readonly<Partial<Record<keyof typeof securitySchemes, readonly string[]>>>;

const ofUsers: readonly Security[] = [{ accessToken: [] }, { sessionCookie: [] }];
export const ofOperators: readonly Security[] = [{ rootKey: [] }, ...ofUsers];
const ofOwners: readonly Security[] = [{ portalToken: [] }, { issuerToken: [] }, ...ofUsers];

/** Which kinds of credentials a plain route takes. */
export function securityOf(by: By): JsonObject[] {
  const kinds: Readonly<Record<By, readonly Security[]>> = {
    anybody: [],
    github: [],
    user: ofUsers,
    owner: ofOwners,
    "cookie or password": [{}, { sessionCookie: [] }],
  };
  return kinds[by].map((kind) => ({ ...kind }) as JsonObject);
}

/** Which an rpc takes; undefined: those of whoever runs Altalune, as most do. */
export function securityOfRpc({ scope, open, tellsMore }: RpcRule): JsonObject[] | undefined {
  if (tellsMore !== undefined) {
    return [{}, { rootKey: [] }, { accessToken: [] }];
  }
  return scope === undefined ? securityOf(open ? "anybody" : "owner") : undefined;
}

/** Where the credential does not say which project it is for. */
export const projectParameter = {
  name: "X-Altalune-Project-Id",
  in: "header",
  description:
    "Which project it is for: with a token of an issuer always, with a user's session where several projects allow users. A portal token says so itself.",
  schema: { type: "string" },
} as const satisfies JsonObject;
