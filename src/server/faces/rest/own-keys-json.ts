import { createHash } from "node:crypto";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type ApiKey, ApiKeyStatus } from "../../../../gen/altalune/v1/api_key_pb.js";
import { newPublicId } from "../../../platform/ids.js";
import { parseJson } from "../../../platform/parse-json.js";
import { type HttpRequest, queryOf } from "../../http/http.js";
import { timeText } from "../time-text.js";
import { fieldsOfHeaders } from "./header-fields.js";
import { invalidParameter, unknownParameter } from "./invalid-parameter.js";
import type { OwnKeysRoute } from "./own-keys-routes.js";
import { requestOfQuery } from "./query-parameters.js";

/** What owners' requests say, and what the rpc calls it. */
export const members: Readonly<Record<string, string>> = { name: "name", scopes: "scopes", expires_at: "expiration" };

const shownStatuses = ["ACTIVE", "DISABLED", "EXPIRED"].map((status) => `API_KEY_STATUS_${status}`);

/**
 * What a request asks of the rpc, as the JSON of its message.
 *
 * @throws ConnectError that names what is wrong
 */
export function askedOf({ family, rpc, apiKeyId }: OwnKeysRoute, request: HttpRequest, body: Uint8Array): JsonObject {
  const query = new URLSearchParams(queryOf(request));
  // Says which project a token is for, where it does not say so itself.
  query.delete("project_id");
  switch (rpc.name) {
    case "QueryMyApiKeys": {
      const asked = requestOfQuery(rpc.input, query, () => false);
      return family === "users" ? withoutRevoked(asked) : asked;
    }
    case "CreateMyApiKey":
      return creationOf(body, fieldsOfHeaders(rpc.input, request));
    default:
      for (const name of query.keys()) {
        throw unknownParameter(name, ["project_id"]);
      }
      return { apiKeyId };
  }
}

/** To them, what was deleted is gone. */
function withoutRevoked(asked: JsonObject): JsonObject {
  const query = (asked["query"] ?? {}) as JsonObject;
  const filters = (query["filters"] ?? {}) as JsonObject;
  return { query: { ...query, filters: { status: { values: shownStatuses }, ...filters } } };
}

/** A name that is missing is made up: of a request that may be sent again, the same each time. */
function creationOf(body: Uint8Array, named: JsonObject): JsonObject {
  const wanted: JsonObject = { ...named };
  for (const [name, value] of Object.entries(objectOf(body))) {
    const field = Object.hasOwn(members, name) ? members[name] : undefined;
    if (field === undefined) {
      throw invalidParameter(name, `is no member here; use ${Object.keys(members).join(", ")}`);
    }
    wanted[field] = value;
  }
  const { name = null, requestId } = wanted;
  const isMissing = name === null || name === "";
  return isMissing
    ? { ...wanted, name: `key ${typeof requestId === "string" ? shortHash(requestId) : newPublicId()}` }
    : wanted;
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 14);
}

function objectOf(body: Uint8Array): JsonObject {
  if (body.byteLength === 0) {
    return {};
  }
  const value = jsonOf(body);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidParameter("body", "must be a JSON object");
  }
  return value;
}

function jsonOf(body: Uint8Array): JsonValue {
  try {
    return parseJson(body) as JsonValue;
  } catch {
    throw invalidParameter("body", "must be JSON in UTF-8");
  }
}

/** A key as its owner sees it, without its value. */
export function shownKey({ family }: OwnKeysRoute, apiKey: ApiKey | undefined): JsonObject {
  if (apiKey === undefined) {
    throw new ConnectError("an answer has no key", Code.Internal);
  }
  const { id, name, keyPrefix, scopes, status, lastUsedAt, expiration, createdAt } = apiKey;
  return {
    id,
    name,
    key_prefix: keyPrefix,
    ...(family === "api" && { scopes, is_active: status === ApiKeyStatus.ACTIVE }),
    last_used_at: timeText(lastUsedAt),
    expires_at: timeText(expiration),
    created_at: timeText(createdAt),
  };
}

/** A new key, with its value, which is shown this once; null where the first call with its `Idempotency-Key` had it. */
export function shownNewKey(route: OwnKeysRoute, apiKey: ApiKey | undefined, value: string): JsonObject {
  const shown = shownKey(route, apiKey);
  return route.family === "users" ? { ...shown, plaintext_key: value || null } : { key: value || null, api_key: shown };
}
