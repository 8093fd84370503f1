import { type RawBuilder, sql } from "kysely";
import type { ClientBase } from "pg";

const mark = "/* prepared: ";
const marked = /^\/\* prepared: (\w+) \*\//;
/** How long a connection goes by the same plans, in milliseconds. */
const planMs = 10_000;

/**
 * A statement that a connection has the database parse once, which saves an eighth of what the database does for a creation
 * (docs/benchmarks.md). Kysely hands the driver nothing but text and values, so the name stands ahead of the text, where an operator sees it as well.
 *
 * For the few that are run all the time, one at a time on a connection, and that name each column that they give: after a migration that
 * gives such a column another type, or `*` another column, the database refuses what was prepared before, until the connection ends. And
 * for those that have one good plan, whatever the values are: the database comes to keep it.
 *
 * @param name of this text alone: the driver refuses another one under it
 */
export function prepared<Row>(name: string, statement: RawBuilder<Row>): RawBuilder<Row> {
  return sql`${sql.raw(preparedText(name, ""))}${statement}`;
}

/** The same for the text of a statement that does not go through Kysely. */
export function preparedText(name: string, text: string): string {
  return `${mark}${name} */ ${text}`;
}

/**
 * Lets a connection keep what is prepared. Not behind a pooler, which may lead to another session by the next transaction.
 *
 * Once in a while the plans are made anew: one of when a table was small may read the whole of it, and the database keeps it until it has
 * analyzed the table, which may be minutes after that has grown.
 */
export function keepPrepared(client: ClientBase): void {
  const query = client.query.bind(client) as (...statement: readonly unknown[]) => Promise<unknown>;
  let plannedAt = performance.now();
  const queryByName = (statement: unknown, ...rest: readonly unknown[]): unknown => {
    const name = typeof statement === "string" && statement.startsWith(mark) ? marked.exec(statement)?.[1] : undefined;
    if (name === undefined) {
      return query(statement, ...rest);
    }
    const now = performance.now();
    if (now - plannedAt >= planMs) {
      plannedAt = now;
      // Where it fails, so does the statement that goes with it, which tells.
      query("discard plans").catch(() => undefined);
    }
    return query({ name, text: statement }, ...rest);
  };
  Object.assign(client, { query: queryByName });
}
