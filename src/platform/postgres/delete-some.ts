import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { Database, Executor } from "./database.js";

/** Which rows of a table are deleted. */
export interface Deletion {
  readonly table: keyof Database;
  /** The columns that tell a row from others. */
  readonly key: readonly [string, ...string[]];
  readonly where: RawBuilder<SqlBool>;
  /** The columns of the index that finds them; without, any of them come first. */
  readonly orderBy?: readonly string[];
  readonly limit: number;
}

/**
 * Deletes some rows, no more than a limit, so that no statement takes long. Rows that another holds, such as an instance that deletes
 * them too, are left to it.
 *
 * @returns how many it deleted: less than the limit when there are no more
 */
export async function deleteSome(db: Executor, { table, key, where, orderBy, limit }: Deletion): Promise<number> {
  const columns = sql.join(key.map((column) => sql.ref(column)));
  const inOrder = orderBy ? sql`order by ${sql.join(orderBy.map((column) => sql.ref(column)))}` : sql``;
  const { numAffectedRows } = await sql`
    delete from ${sql.table(table)} where (${columns}) in (
      select ${columns} from ${sql.table(table)} where ${where} ${inOrder} limit ${limit} for update skip locked
    )
  `.execute(db);
  return Number(numAffectedRows ?? 0n);
}
