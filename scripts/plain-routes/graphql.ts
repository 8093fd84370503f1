import type { JsonObject } from "@bufbuild/protobuf";
import { maxBodyBytes, maxDocumentBytes } from "../../src/server/faces/graphql/limits.js";
import { sampleKeyId } from "./own-keys.js";
import type { DocsOf } from "./route.js";

/** The routes of GraphQL, which takes one method at one path. */
export interface GraphqlRoutes {
  readonly "/graphql": { readonly POST: unknown };
}

const orNull = (type: string): JsonObject => ({ type: [type, "null"] });

export const graphql: DocsOf<GraphqlRoutes> = {
  "POST /graphql": {
    operationId: "graphql",
    tag: "GraphQL",
    summary: "Executes a query or a mutation of GraphQL",
    description: `What asks for more than docs/self-service.md says is refused before anything of it is executed; a request has at most ${maxBodyBytes / 1024} KiB. Of several fields, some may fail: \`errors\` says which.`,
    by: "owner",
    body: {
      name: "GraphqlRequest",
      schema: {
        type: "object",
        properties: {
          query: { type: "string", maxLength: maxDocumentBytes, description: "The document." },
          variables: { ...orNull("object"), description: "What its variables are." },
          operationName: { ...orNull("string"), description: "Which operation of the document is meant." },
          extensions: { ...orNull("object"), description: "Nothing is read from it." },
        },
        required: ["query"],
        additionalProperties: false,
      },
      example: {
        query: "mutation($name: String) { generateAPIKey(name: $name) { key apiKey { id name expiresAt } } }",
        variables: { name: "laptop" },
      },
    },
    answer: { status: 200, description: "What came of it.", body: { name: "GraphqlAnswer", schema: answer() } },
  },
};

function answer(): JsonObject {
  const apiKey = { id: sampleKeyId, name: "laptop", expiresAt: "2026-05-01T12:00:00.000Z" };
  return {
    type: "object",
    examples: [{ data: { generateAPIKey: { key: "sk-…", apiKey } } }],
    properties: {
      data: {
        ...orNull("object"),
        description: "What was asked for, by its fields.",
      },
      errors: {
        type: "array",
        description: "What was refused. Programs go by `code`, or closer by `reason`.",
        items: {
          type: "object",
          properties: {
            message: { type: "string", description: "A sentence for a person." },
            extensions: {
              type: "object",
              properties: {
                code: { type: "string", description: "The kind of refusal." },
                reason: { type: "string", description: "Does not change." },
                requestId: { type: "string", description: "By which the log knows the request." },
                retryAfterSeconds: { type: "integer", description: "Where waiting helps: how long." },
              },
              required: ["code"],
            },
          },
          required: ["message", "extensions"],
        },
      },
    },
  };
}
