import { type Expression, type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from "kysely";
import type { Listing, Page } from "../../domain/listing/listing.js";
import type { Executor } from "./database.js";

/** How a column is sorted by: the column, its SQL type, and its value in a row, as text for the cursor. */
export interface SortColumn<Row> {
  readonly column: Expression<unknown>;
  readonly type: "text" | "timestamptz" | "bigint";
  readonly value: (row: Row) => string;
}

export interface SliceOptions<Row> {
  readonly sort: SortColumn<Row>;
  /** The tie-break: the internal id. */
  readonly id: Expression<bigint>;
  readonly idOf: (row: Row) => bigint;
}

/** Longer pages are read in parts of so many rows: what they take of the event loop is as short as that of others. */
const rowsAtOnce = 100;

/**
 * Runs a filtered query for the part of it that a listing asks for.
 *
 * A keyset compares (sort value, id) with the cursor's as one row, which an index on both serves at a flat cost; an offset
 * counts and skips.
 *
 * @param query the query with its filters, and nothing selected, ordered or limited yet
 * @param itemOf what the page is to hold of a row
 */
export async function fetchSlice<DB, TB extends keyof DB, Row, Item>(
  db: Executor,
  query: SelectQueryBuilder<DB, TB, object>,
  select: (query: SelectQueryBuilder<DB, TB, object>) => SelectQueryBuilder<DB, TB, Row>,
  itemOf: (row: Row) => Item,
  listing: Listing<string, string>,
  { sort, id, idOf }: SliceOptions<Row>,
): Promise<Page<Item>> {
  const { size, slice } = listing;
  const direction = listing.sort.order;
  let page = select(query)
    .orderBy(sort.column, direction)
    .orderBy(id, direction)
    .limit(size + 1);
  if (slice.kind === "offset") {
    page = page.offset((slice.page - 1) * size);
  } else if (slice.after !== undefined) {
    const { value, id: lastId } = slice.after;
    const cursor = sql`(${castTo(value, sort.type)}, ${String(lastId)}::bigint)`;
    const operator = direction === "asc" ? sql`>` : sql`<`;
    page = page.where(sql<SqlBool>`(${sort.column}, ${id}) ${operator} ${cursor}`);
  }
  const items: Item[] = [];
  let last: Row | undefined;
  let more = false;
  for await (const row of size > rowsAtOnce ? page.stream(rowsAtOnce) : await page.execute()) {
    if (items.length === size) {
      more = true;
      break;
    }
    items.push(itemOf(row));
    last = row;
  }
  return {
    rows: items,
    rowCount: await countOf(db, query, listing),
    next: more && last !== undefined ? { value: sort.value(last), id: idOf(last) } : undefined,
  };
}

/** A keyset does not count: that would cost more than its page. */
async function countOf<DB, TB extends keyof DB>(
  db: Executor,
  query: SelectQueryBuilder<DB, TB, object>,
  { slice }: Listing<string, string>,
): Promise<number | undefined> {
  if (slice.kind === "keyset") {
    return undefined;
  }
  const count = sql<{ rows: bigint }>`select count(*) as rows from (${query.select(sql`1`.as("one"))}) as matching`;
  const counted = await count.execute(db);
  return Number(counted.rows[0]?.rows ?? 0);
}

function castTo(value: string, type: SortColumn<never>["type"]): RawBuilder<unknown> {
  return sql`${value}::${sql.raw(type)}`;
}
