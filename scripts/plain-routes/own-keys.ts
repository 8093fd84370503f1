import type { DescField, DescMethod, FileRegistry, JsonObject } from "@bufbuild/protobuf";
import { members } from "../../src/server/faces/rest/own-keys-json.js";
import type { ownKeysRoutes } from "../../src/server/faces/rest/own-keys-routes.js";
import { routesOf } from "../../src/server/faces/routes.js";
import type { Components } from "../openapi/components.js";
import { parametersOf } from "../openapi/parameters.js";
import { descriptionOf } from "../openapi/text.js";
import { type AnswerDoc, type BodyDoc, type DocsOf, idInPath, listOf, object, orNull, text, time } from "./route.js";

export const sampleKeyId = "b7cd4fhj9lpsu6";

const tag = "Own keys";
const value =
  "What whoever holds it sends; shown this once. Null where the first request with its `Idempotency-Key` had it.";

const facts = {
  last_used_at: { ...orNull(time("When it was used last; null: not yet.")), examples: [null] },
  expires_at: orNull(time("When it ends; null: it does not.", "2026-05-01T12:00:00.000Z")),
  created_at: time("When it was made."),
};
const names = {
  id: text("Its id.", sampleKeyId),
  name: text("Its name.", "Laptop"),
  key_prefix: text("What may be shown of its value.", "sk-b7cd4"),
};
const plainKey = { ...names, ...facts };
const keyMembers = {
  ...names,
  scopes: listOf("What it may do.", text("", "orders:read")),
  is_active: {
    type: "boolean",
    description: "False: it is refused, for it was revoked or switched off, or has expired.",
    examples: [true],
  },
  ...facts,
};

const ownKey = { name: "OwnKey", schema: object(keyMembers, "A key of the owner's own, without its value.") };
const pages =
  "Pages, sorting and filters are those of QueryMyApiKeys. A list of more than 50 goes on at the URL of its `Link` header.";
const done: AnswerDoc = { status: 204, description: "It is revoked: refused everywhere from now on." };
const next = { Link: "Where the list goes on (RFC 8288), if it does." };

/** @param components of the document, which has the rules of the rpcs' fields */
export function ownKeys(contract: FileRegistry, components: Components): DocsOf<typeof ownKeysRoutes> {
  const service = contract.getService("altalune.v1.MyApiKeyService");
  const parametersOfRpc = (name: string) => {
    const [route] = service === undefined ? [] : service.methods.filter((one) => one.name === name).flatMap(routesOf);
    return route === undefined ? [] : parametersOf(route, components);
  };
  const creation = service?.method["createMyApiKey"];
  if (creation === undefined) {
    throw new Error("there is no MyApiKeyService.CreateMyApiKey");
  }
  const listing = { parameters: parametersOfRpc("QueryMyApiKeys") };
  const named = { parameters: parametersOfRpc("CreateMyApiKey"), body: bodyOf(creation, components) };
  const one = { parameters: [idInPath("The key's id.", sampleKeyId)] };
  return {
    "POST /users/me/apikeys": {
      operationId: "createUsersApiKey",
      tag,
      summary: "Makes a key",
      description:
        "Every member may be left out. A name that is missing is made up. `Idempotency-Key` makes it safe to send again.",
      by: "owner",
      ...named,
      answer: {
        status: 201,
        description: "The key, and its value.",
        body: {
          name: "PlainKeyWithValue",
          schema: object({ ...plainKey, plaintext_key: orNull(text(value, "sk-…")) }),
        },
        headers: { Location: "The path of the key." },
      },
    },
    "GET /users/me/apikeys": {
      operationId: "listUsersApiKeys",
      tag,
      summary: "Lists the owner's keys",
      description: `Without those that were deleted. ${pages}`,
      by: "owner",
      ...listing,
      answer: {
        status: 200,
        description: "The keys.",
        body: { name: "PlainKeys", schema: listOf("The keys, the newest first.", object(plainKey)) },
        headers: next,
      },
    },
    "DELETE /users/me/apikeys/{id}": {
      operationId: "deleteUsersApiKey",
      tag,
      summary: "Revokes a key",
      description: "It is gone then: to these routes there is no such key any more.",
      by: "owner",
      ...one,
      answer: done,
      denials: ["API_KEY_NOT_FOUND"],
    },
    "POST /api/keys": {
      operationId: "createOwnKey",
      tag,
      summary: "Makes a key",
      description:
        "Every member may be left out. A name that is missing is made up. `Idempotency-Key` makes it safe to send again.",
      by: "owner",
      ...named,
      answer: {
        status: 201,
        description: "The key, and its value.",
        body: {
          name: "OwnKeyWithValue",
          schema: object({ key: orNull(text(value, "sk-…")), api_key: ownKey.schema }),
        },
        headers: { Location: "The path of the key." },
      },
    },
    "GET /api/keys": {
      operationId: "listOwnKeys",
      tag,
      summary: "Lists the owner's keys",
      description: `Revoked ones too. ${pages}`,
      by: "owner",
      ...listing,
      answer: {
        status: 200,
        description: "The keys.",
        body: { name: "OwnKeys", schema: listOf("The keys, the newest first.", ownKey.schema) },
        headers: next,
      },
    },
    "GET /api/keys/{id}": {
      operationId: "getOwnKey",
      tag,
      summary: "Shows a key",
      description: "Without its value, which nobody sees twice.",
      by: "owner",
      ...one,
      answer: { status: 200, description: "The key.", body: ownKey },
      denials: ["API_KEY_NOT_FOUND"],
    },
    "DELETE /api/keys/{id}": {
      operationId: "revokeOwnKey",
      tag,
      summary: "Revokes a key",
      description: "It stays in the list, and is not active. Revoking again succeeds and changes nothing.",
      by: "owner",
      ...one,
      answer: done,
      denials: ["API_KEY_NOT_FOUND"],
    },
  };
}

/** What the rpc takes, under the names that it has here; what is null is not set. */
function bodyOf(creation: DescMethod, components: Components): BodyDoc {
  const properties = Object.entries(members).map(([name, asked]): readonly [string, JsonObject] => {
    const field = creation.input.fields.find((one) => one.name === asked);
    if (field === undefined) {
      throw new Error(`${creation.name} has no ${asked}`);
    }
    const description = descriptionOf(field);
    return [
      name,
      {
        description,
        anyOf: [components.asked(field as DescField), ...(name === "name" ? [{ const: "" }] : []), { type: "null" }],
      },
    ];
  });
  return {
    name: "NewOwnKey",
    schema: { type: "object", properties: Object.fromEntries(properties), additionalProperties: false },
    example: { name: "Laptop", scopes: ["orders:read"] },
    optional: true,
  };
}
