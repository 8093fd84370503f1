import { Code, ConnectError } from "@connectrpc/connect";
import { GraphQLError, GraphQLScalarType } from "graphql";
import { type ApiKey, ApiKeyStatus } from "../../../../gen/altalune/v1/api_key_pb.js";
import { isPublicId, newPublicId, noPublicId } from "../../../platform/ids.js";
import { timeText } from "../time-text.js";
import { type AskRpc, createMyApiKey, getMyApiKey, queryMyApiKeys, revokeMyApiKey } from "./owner-calls.js";
import { toldError } from "./told-errors.js";

/** What fields are answered by. */
export interface FieldContext {
  readonly ask: AskRpc;
  readonly requestId: string;
}

/** How many keys a list has at most: with as many and as long scopes as keys may have, it is put together in some tens of milliseconds. */
const maxListed = 250;

const newestFirst = {
  query: { pagination: { pageSize: maxListed }, sorting: { field: "created_at", order: "SORT_ORDER_DESC" } },
};

export const resolvers = {
  Time: new GraphQLScalarType<string, string>({
    name: "Time",
    serialize: (value) => String(value),
  }),

  Query: {
    apiKeys: async (_root: unknown, _args: unknown, { ask, requestId }: FieldContext) => {
      const { data } = await told(ask(queryMyApiKeys, newestFirst), requestId);
      return data.map(shownKey);
    },

    apiKey: async (_root: unknown, { id }: { readonly id: string }, { ask, requestId }: FieldContext) => {
      const found = ask(getMyApiKey, { apiKeyId: idOrNone(id) }).catch((error: unknown) => {
        if (ConnectError.from(error).code === Code.NotFound) {
          return { apiKey: undefined };
        }
        throw error;
      });
      const { apiKey } = await told(found, requestId);
      return apiKey === undefined ? null : shownKey(apiKey);
    },
  },

  Mutation: {
    generateAPIKey: async (
      _root: unknown,
      { name, scopes }: { readonly name?: string | null; readonly scopes?: readonly string[] | null },
      { ask, requestId }: FieldContext,
    ) => {
      const wanted = { name: name ?? `key ${newPublicId()}`, scopes: [...(scopes ?? [])] };
      const { apiKey, keyValue } = await told(ask(createMyApiKey, wanted), requestId);
      return { key: keyValue, apiKey: apiKey && shownKey(apiKey) };
    },

    revokeAPIKey: async (_root: unknown, { id }: { readonly id: string }, { ask, requestId }: FieldContext) => {
      await told(ask(revokeMyApiKey, { apiKeyId: idOrNone(id) }), requestId);
      return true;
    },
  },
};

/** What is no id is that of no key. */
function idOrNone(id: string): string {
  return isPublicId(id) ? id : noPublicId;
}

/** A key as its owner sees it, without its value. */
function shownKey({ id, name, keyPrefix, scopes, status, lastUsedAt, expiration, createdAt }: ApiKey) {
  return {
    id,
    name,
    keyPrefix,
    scopes,
    isActive: status === ApiKeyStatus.ACTIVE,
    lastUsedAt: timeText(lastUsedAt),
    expiresAt: timeText(expiration),
    createdAt: timeText(createdAt),
  };
}

/** @throws GraphQLError of what the rpc was refused with */
async function told<T>(asked: Promise<T>, requestId: string): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ConnectError) {
      const { message, extensions } = toldError(error, requestId);
      throw new GraphQLError(message, { extensions });
    }
    throw error;
  }
}
