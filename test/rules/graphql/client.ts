import { ClientError, GraphQLClient } from "graphql-request";
import type { TestInstance } from "../../support/instance.js";

export interface ShownKey {
  readonly id: string;
  readonly name: string;
  readonly keyPrefix: string;
  readonly scopes: readonly string[];
  readonly isActive: boolean;
  readonly lastUsedAt: string | null;
  readonly expiresAt: string | null;
  readonly createdAt: string;
}

export const keyFields = "{ id name keyPrefix scopes isActive lastUsedAt expiresAt createdAt }";

export const generate = `mutation Generate($name: String, $scopes: [String!]) {
  generateAPIKey(name: $name, scopes: $scopes) { key apiKey ${keyFields} }
}`;

/** A client of GraphQL's own world, over a socket. */
export function graphqlClient({ url }: Pick<TestInstance, "url">, token?: string): GraphQLClient {
  return new GraphQLClient(`${url}/graphql`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
}

export async function generateKey(
  client: GraphQLClient,
  variables: { readonly name?: string; readonly scopes?: readonly string[] } = {},
): Promise<{ readonly key: string; readonly apiKey: ShownKey }> {
  const { generateAPIKey } = await client.request<{ generateAPIKey: { key: string; apiKey: ShownKey } }>(
    generate,
    variables,
  );
  return generateAPIKey;
}

export interface GraphqlDenial {
  readonly status: number;
  readonly code: unknown;
  readonly reason: unknown;
  readonly fields: readonly string[];
  readonly message: string;
  /** The whole answer. */
  readonly text: string;
}

/** What a client learns of a request that is expected to be refused. */
export async function graphqlDenial(asked: Promise<unknown>): Promise<GraphqlDenial> {
  try {
    await asked;
  } catch (error) {
    if (!(error instanceof ClientError)) {
      throw error;
    }
    const { status, errors = [] } = error.response;
    const [first] = errors;
    const fields = (first?.extensions["fields"] ?? []) as readonly { readonly field: string }[];
    return {
      status,
      code: first?.extensions["code"],
      reason: first?.extensions["reason"],
      fields: fields.map(({ field }) => field),
      message: first?.message ?? "",
      text: JSON.stringify(error.response),
    };
  }
  throw new Error("the request was not refused");
}

/** Sends a body as it is. */
export function post(
  { url }: Pick<TestInstance, "url">,
  token: string | undefined,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(`${url}/graphql`, {
    method: "POST",
    headers: { ...authorization, "content-type": "application/json", ...headers },
    body,
  });
}
