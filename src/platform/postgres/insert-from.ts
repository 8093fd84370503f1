import { type Insertable, type RawBuilder, sql } from "kysely";
import type { Database } from "./database.js";

/**
 * The beginning of a statement that inserts rows of the same columns, in their order. They go as one parameter, in JSON, which the
 * database reads by the types of the table: a parameter a value would cost the builder, the driver and the database more than
 * the rows themselves.
 *
 * @param rows at least one; what one leaves undefined is null, whatever the column's default is
 */
export function insertFrom<Table extends keyof Database>(
  table: Table,
  rows: readonly Insertable<Database[Table]>[],
): RawBuilder<unknown> {
  const columns = sql.join(Object.keys(rows[0] ?? {}).map((column) => sql.ref(column)));
  return sql`
    insert into ${sql.table(table)} (${columns})
    select ${columns} from json_populate_recordset(null::${sql.table(table)}, ${jsonOf(rows)}::json)
  `;
}

function jsonOf(rows: readonly object[]): string {
  // Ahead of a replacer, a buffer would be an object of numbers, and a time after the year 9999 have a sign.
  const plain = rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([column, value]) => [column, plainOf(value)])),
  );
  return JSON.stringify(plain);
}

function plainOf(value: unknown): unknown {
  if (Buffer.isBuffer(value)) {
    return `\\x${value.toString("hex")}`;
  }
  if (value instanceof Date) {
    return value.toISOString().replace(/^\+0*/, "");
  }
  return typeof value === "bigint" ? String(value) : value;
}
