import { create } from "@bufbuild/protobuf";
import {
  type QueryMetaResponse,
  QueryMetaResponseSchema,
  type QueryRequest,
  SortOrder,
} from "../../../gen/altalune/v1/common_pb.js";
import type { ListedPage, ListingQuery } from "./listing.js";

export function listingQueryFromProto(query: QueryRequest | undefined): ListingQuery {
  return {
    page: query?.pagination?.page ?? 0,
    pageSize: query?.pagination?.pageSize ?? 0,
    pageToken: query?.pagination?.pageToken ?? "",
    paginated: query?.pagination !== undefined,
    keyword: query?.keyword ?? "",
    filters: new Map(Object.entries(query?.filters ?? {}).map(([name, { values }]) => [name, values])),
    sortField: query?.sorting?.field ?? "",
    sortOrder: sortOrderFromProto(query?.sorting?.order ?? SortOrder.UNSPECIFIED),
  };
}

/** @param filters the values of the filters that have a fixed set of them */
export function metaToProto(
  page: ListedPage<unknown>,
  filters: Readonly<Record<string, readonly string[]>> = {},
): QueryMetaResponse {
  return create(QueryMetaResponseSchema, {
    rowCount: page.rowCount,
    pageCount: page.pageCount,
    nextPageToken: page.nextPageToken,
    filters: Object.fromEntries(Object.entries(filters).map(([name, values]) => [name, { values: [...values] }])),
  });
}

function sortOrderFromProto(order: SortOrder): "asc" | "desc" | undefined {
  switch (order) {
    case SortOrder.UNSPECIFIED:
      return undefined;
    case SortOrder.ASC:
      return "asc";
    case SortOrder.DESC:
      return "desc";
    default: {
      const unreachable: never = order;
      return unreachable;
    }
  }
}
