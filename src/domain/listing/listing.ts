import { hash } from "node:crypto";
import { InvalidFieldError } from "../domain-error.js";
import type { Cursor, PageTokens } from "./page-token.js";

/** What a listing can be filtered and sorted by. */
export interface ListingSpec<Filter extends string, Sort extends string> {
  /** Names the listing, so that a page token of another one is refused. */
  readonly name: string;
  readonly filters: readonly Filter[];
  readonly sorts: readonly Sort[];
  readonly defaultSort: Sort;
}

/** What a client asked for, not yet checked. */
export interface ListingQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly pageToken: string;
  /** Whether the client said anything about pages. */
  readonly paginated: boolean;
  readonly keyword: string;
  readonly filters: ReadonlyMap<string, readonly string[]>;
  readonly sortField: string;
  readonly sortOrder: "asc" | "desc" | undefined;
}

/** What to list, checked. */
export interface Listing<Filter extends string, Sort extends string> {
  readonly filters: ReadonlyMap<Filter, readonly string[]>;
  /** Empty: none. */
  readonly keyword: string;
  readonly sort: { readonly field: Sort; readonly order: "asc" | "desc" };
  readonly size: number;
  readonly slice: Slice;
  /** What the tokens of this listing are bound to. */
  readonly binding: string;
}

/**
 * Which rows: by offset, a numbered page that comes with its count; by keyset, those behind a cursor, or the first without
 * one.
 */
export type Slice =
  | { readonly kind: "offset"; readonly page: number }
  | { readonly kind: "keyset"; readonly after: Cursor | undefined };

/** Rows, how many there are in all if that was counted, and where the next ones start. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly rowCount: number | undefined;
  readonly next: Cursor | undefined;
}

/** A page as a client gets it. */
export interface ListedPage<Row> {
  readonly rows: readonly Row[];
  /** 0 when it was not counted. */
  readonly rowCount: number;
  readonly pageCount: number;
  /** Empty: there are no more rows. */
  readonly nextPageToken: string;
}

const defaultPageSize = 50;

/**
 * Checks what a client asked for.
 *
 * @param scope what else the listing is of, such as the project's id: part of what its tokens are bound to
 * @throws InvalidFieldError on an unknown filter or sort field, on page and page_token together, and on a token that is
 *   not of this query
 */
export function resolveListing<Filter extends string, Sort extends string>(
  spec: ListingSpec<Filter, Sort>,
  scope: string,
  query: ListingQuery,
  tokens: PageTokens,
): Listing<Filter, Sort> {
  const filters = new Map<Filter, readonly string[]>();
  for (const [name, values] of [...query.filters].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const known = spec.filters.find((filter) => filter === name);
    if (known === undefined) {
      throw new InvalidFieldError(
        "query.filters",
        `unknown filter; ${choiceOf(spec.filters, "this listing has none")}`,
      );
    }
    // On the wire an empty list is one that was not given.
    if (values.length > 0) {
      filters.set(known, values);
    }
  }
  const sort = resolveSort(spec, query);
  const binding = hash("sha256", JSON.stringify([spec.name, scope, [...filters], query.keyword, sort]), "base64url");
  return {
    filters,
    keyword: query.keyword,
    sort,
    size: query.pageSize === 0 ? defaultPageSize : query.pageSize,
    slice: resolveSlice(query, binding, tokens),
    binding,
  };
}

/** Seals the cursor of a page into its token. */
export function listedPage<Row>(
  listing: Listing<string, string>,
  { rows, rowCount, next }: Page<Row>,
  tokens: PageTokens,
): ListedPage<Row> {
  return {
    rows,
    rowCount: rowCount ?? 0,
    pageCount: Math.ceil((rowCount ?? 0) / listing.size),
    nextPageToken: next === undefined ? "" : tokens.seal(listing.binding, next),
  };
}

function resolveSort<Sort extends string>(spec: ListingSpec<string, Sort>, query: ListingQuery) {
  if (query.sortField === "") {
    return { field: spec.defaultSort, order: query.sortOrder ?? ("desc" as const) };
  }
  const field = spec.sorts.find((sort) => sort === query.sortField);
  if (field === undefined) {
    throw new InvalidFieldError("query.sorting.field", `unknown field; ${choiceOf(spec.sorts)}`);
  }
  return { field, order: query.sortOrder ?? ("asc" as const) };
}

function resolveSlice(query: ListingQuery, binding: string, tokens: PageTokens): Slice {
  if (query.pageToken !== "") {
    if (query.page !== 0) {
      throw new InvalidFieldError("query.pagination.page_token", "cannot be set together with page; leave one unset");
    }
    const after = tokens.open(binding, query.pageToken);
    if (after === undefined) {
      throw new InvalidFieldError(
        "query.pagination.page_token",
        "is not a token of this query; use next_page_token of an answer to the same filters, keyword and sorting",
      );
    }
    return { kind: "keyset", after };
  }
  if (query.paginated && query.page === 0) {
    return { kind: "keyset", after: undefined };
  }
  return { kind: "offset", page: Math.max(query.page, 1) };
}

function choiceOf(names: readonly string[], none = ""): string {
  return names.length === 0 ? none : `use ${names.join(", ")}`;
}
