import type { ApiKeyService } from "../../src/domain/api_key/service.js";
import type { Project } from "../../src/domain/project/model.js";
import type { RpcClient } from "../lib/rpc-client.js";

export interface Order {
  readonly field: "name" | "expiration" | "created_at" | "updated_at";
  readonly direction: "asc" | "desc";
}

export const orders: readonly Order[] = (["name", "expiration", "created_at", "updated_at"] as const).flatMap((field) =>
  (["asc", "desc"] as const).map((direction) => ({ field, direction })),
);

/** Fetches the page behind a token; an empty one is the first. @returns the ids on it, and the token of the next */
export type Pages = (token: string) => Promise<{ readonly ids: readonly string[]; readonly next: string }>;

export function servicePages(apiKeys: ApiKeyService, project: Project, order: Order, pageSize: number): Pages {
  return async (token) => {
    const listing = apiKeys.listing(project.publicId, {
      page: 0,
      pageSize,
      pageToken: token,
      paginated: true,
      keyword: "",
      filters: new Map(),
      sortField: order.field,
      sortOrder: order.direction,
    });
    const { rows, nextPageToken } = await apiKeys.query(project, listing);
    return { ids: rows.map(({ publicId }) => publicId), next: nextPageToken };
  };
}

export function rpcPages(rpc: RpcClient, projectId: string, order: Order, pageSize: number): Pages {
  return async (token) => {
    const answer = await rpc.call("ApiKeyService/QueryApiKeys", {
      projectId,
      query: {
        pagination: token === "" ? { pageSize } : { pageSize, pageToken: token },
        sorting: { field: order.field, order: order.direction === "asc" ? "SORT_ORDER_ASC" : "SORT_ORDER_DESC" },
      },
    });
    const { data, meta } = JSON.parse(answer) as {
      readonly data: readonly { readonly id: string }[];
      readonly meta: { readonly nextPageToken?: string };
    };
    return { ids: data.map(({ id }) => id), next: meta.nextPageToken ?? "" };
  };
}

/** Walks to the end. @returns the token of each page, and how many different keys were met */
export async function walk(pages: Pages): Promise<{ readonly tokens: readonly string[]; readonly met: number }> {
  const tokens: string[] = [];
  const met = new Set<string>();
  let token = "";
  do {
    tokens.push(token);
    const { ids, next } = await pages(token);
    for (const id of ids) {
      met.add(id);
    }
    token = next;
  } while (token !== "");
  return { tokens, met: met.size };
}
