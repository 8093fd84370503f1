import { readFileSync } from "node:fs";
import { buildClientSchema, buildSchema, getIntrospectionQuery, type IntrospectionQuery, printSchema } from "graphql";
import { describe, expect } from "vitest";
import { schema } from "../../../src/server/faces/graphql/execute.js";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance } from "../../support/instance.js";
import { newPortalToken } from "../../support/owners.js";
import { test } from "../../support/shared-instance.js";
import { graphqlClient, graphqlDenial, post } from "./client.js";

const published = readFileSync("docs/schema.graphql", "utf8");
const printed = printSchema(buildSchema(published));

describe("docs/schema.graphql", () => {
  test("is the schema that is served", () => {
    expect(printSchema(schema)).toBe(printed);
  });

  test("has the types, fields and arguments that clients were generated from before", () => {
    const bare = published.replace(/"""[\s\S]*?"""\n\s*/g, "").replace(/\s+/g, " ");
    for (const part of [
      "scalar Time",
      "type APIKey { id: ID! name: String! keyPrefix: String! scopes: [String!]! isActive: Boolean! lastUsedAt: Time expiresAt: Time createdAt: Time! }",
      "type GenerateAPIKeyResponse { key: String! apiKey: APIKey! }",
      "apiKeys: [APIKey!]! apiKey(id: ID!): APIKey",
      "generateAPIKey(name: String, scopes: [String!]): GenerateAPIKeyResponse!",
      "revokeAPIKey(id: ID!): Boolean!",
    ]) {
      expect(bare).toContain(part);
    }
  });
});

describe("where introspection is on", () => {
  test("a client is told the schema, and of names that are nearly right", async () => {
    await using altalune = await startTestInstance({ env: { ALTALUNE_GRAPHQL_INTROSPECTION: "on" } });
    const token = await newPortalToken(altalune, await newProject(altalune.clients), "alice");
    const alice = graphqlClient(altalune, token);
    const known = await alice.request<IntrospectionQuery>(getIntrospectionQuery());
    expect(printSchema(buildClientSchema(known))).toBe(printed);
    expect(await graphqlDenial(alice.request("{ apiKeys { nam } }"))).toMatchObject({
      status: 400,
      message: 'Cannot query field "nam" on type "APIKey". Did you mean "name"?',
    });
    const deep = `{ __schema { types { ${"fields { type { ".repeat(6)} name ${"} }".repeat(6)} } } }`;
    expect(await graphqlDenial(alice.request(deep))).toMatchObject({ code: "GRAPHQL_VALIDATION_FAILED" });
    expect(await graphqlDenial(graphqlClient(altalune).request(getIntrospectionQuery()))).toMatchObject({
      status: 401,
    });
  });
});

describe("where GraphQL is off", () => {
  test("nothing is at its path", async () => {
    await using altalune = await startTestInstance({ env: { ALTALUNE_GRAPHQL: "off" } });
    const token = await newPortalToken(altalune, await newProject(altalune.clients), "alice");
    const response = await post(altalune, token, JSON.stringify({ query: "{ apiKeys { id } }" }));
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ code: "unimplemented", message: "nothing is served at this path" });
  });
});
