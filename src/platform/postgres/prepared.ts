import { type RawBuilder, sql } from "kysely";
import type { ClientBase } from "pg";

const mark = "/* prepared: ";
const marked = /^\/\* prepared: (\w+) \*\//;

/**
 * A statement that a connection has the database parse once: of what it costs to create a key, parsing was a sixth of the database's part. Its
 * name stands ahead of its text, where an operator sees it as well. For the few that are run all the time, and that name each column
 * that they give: the database refuses a prepared statement whose columns are other ones after a migration, as those of `*` are.
 *
 * @param name of this text alone: the driver refuses another one under it
 */
export function prepared<Row>(name: string, statement: RawBuilder<Row>): RawBuilder<Row> {
  return sql`${sql.raw(`${mark}${name} */`)} ${statement}`;
}

/** Lets a connection keep what is prepared. Not behind a pooler, which may lead to another session by the next transaction. */
export function keepPrepared(client: ClientBase): void {
  const query = client.query.bind(client) as (...statement: readonly unknown[]) => unknown;
  const queryByName = (statement: unknown, ...rest: readonly unknown[]): unknown => {
    const name = typeof statement === "string" && statement.startsWith(mark) ? marked.exec(statement)?.[1] : undefined;
    return query(name === undefined ? statement : { name, text: statement }, ...rest);
  };
  Object.assign(client, { query: queryByName });
}
