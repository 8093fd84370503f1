import type { Client, ClientBase, QueryResult } from "pg";
import Cursor from "pg-cursor";

/**
 * What a session may inherit from its role, its database or the server's file, and what we rely on: how values are read and
 * written, and what a transaction is unless it says so. The schema is the operator's choice, so search_path is not here.
 */
const pinned: Readonly<Record<string, string>> = {
  client_encoding: "UTF8",
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  bytea_output: "hex",
  extra_float_digits: "1",
  standard_conforming_strings: "on",
  array_nulls: "on",
  transform_null_equals: "off",
  default_transaction_isolation: "read committed",
  default_transaction_read_only: "off",
  default_transaction_deferrable: "off",
  idle_session_timeout: "0",
};

/** What ends a statement early, and is to end no migration. Not all are known to every version. */
const limitsOfTime = ["statement_timeout", "lock_timeout", "transaction_timeout"];

const pin = (scope: "session" | "transaction"): string =>
  [
    ...Object.entries(pinned).map(([name, value]) => `set_config('${name}', '${value}', ${scope === "transaction"})`),
    // What was committed is not lost: a revocation that has returned least of all.
    `case when current_setting('synchronous_commit') = 'off' then set_config('synchronous_commit', 'on', ${scope === "transaction"}) end`,
  ].join(", ");

const pinSession = `
  select pg_is_in_recovery() as standby, pg_backend_pid() as pid,
    ${pin("session")}
`;

const pinTransaction = `select ${pin("transaction")}`;

const liftLimitsOfTime = `select ${limitsOfTime
  .map((name) => `case when current_setting('${name}', true) <> '0' then set_config('${name}', '0', false) end`)
  .join(", ")}`;

/** What the session would be without us. A pooler that moves sessions between transactions may bring that back. */
const inherited = `
  select name, reset_val as value from pg_settings where name = any('{${Object.keys(pinned).join(",")},synchronous_commit}')
`;

export interface Session {
  readonly standby: boolean;
  /** Whether a pooler is in between. */
  readonly pooled: boolean;
}

/**
 * Pins what we rely on, whatever the session inherits: by one statement, since poolers refuse or forget what comes with the
 * start of a connection.
 *
 * A pooler in transaction mode runs each transaction in any session. Where these inherit something else than we rely on, each
 * transaction is pinned by itself from then on, which costs a statement by itself two round trips more.
 */
export async function prepareSession(client: ClientBase): Promise<Session> {
  const { rows } = await client.query<Omit<Session, "pooled"> & { readonly pid: number }>(pinSession);
  const [row] = rows;
  if (row === undefined) {
    throw new Error("the database did not say what it is");
  }
  // A pooler makes up the number that it gives a client.
  const pooled = (client as Client & { readonly processID: number | null }).processID !== row.pid;
  if (pooled && !(await inheritsWhatWeRelyOn(client))) {
    pinEachTransaction(client);
  }
  return { standby: row.standby, pooled };
}

/** Lifts the limits of time that the session inherits. Behind a pooler that would lift them for others, too. */
export async function liftTimeouts(client: ClientBase, { pooled }: Session): Promise<void> {
  if (!pooled) {
    await client.query(liftLimitsOfTime);
  }
}

async function inheritsWhatWeRelyOn(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ readonly name: string; readonly value: string }>(inherited);
  return rows.every(({ name, value }) => {
    switch (name) {
      case "synchronous_commit":
        return value !== "off";
      case "DateStyle":
        // The order of day and month is for reading; we write ISO.
        return value.startsWith("ISO");
      case "TimeZone":
      case "idle_session_timeout":
        // Times are written with their offset; and the pooler's sessions are its own to lose.
        return true;
      default:
        return pinned[name]?.toLowerCase() === value.toLowerCase();
    }
  });
}

type Query = (text: string, values?: readonly unknown[]) => Promise<unknown>;

function pinEachTransaction(client: ClientBase): void {
  const query = client.query.bind(client) as Query;
  let open = false;
  const begin = async (text: string): Promise<unknown> => {
    // Statements may follow before the answer is there.
    open = true;
    try {
      const [begun] = await Promise.all([
        query(text === "begin" ? "begin isolation level read committed read write" : text),
        query(pinTransaction),
      ]);
      return begun;
    } catch (error) {
      await query("rollback").catch(() => undefined);
      open = false;
      throw error;
    }
  };
  const alone = async (text: string, values?: readonly unknown[]): Promise<unknown> => {
    await begin("begin");
    try {
      const answer = await query(text, values);
      await query("commit");
      return answer;
    } catch (error) {
      await query("rollback").catch(() => undefined);
      throw error;
    } finally {
      open = false;
    }
  };
  const pinnedQuery: Query = async (text, values) => {
    if (/^\s*(begin|start transaction)\b/i.test(text)) {
      return begin(text);
    }
    if (/^\s*(commit|rollback)\s*$/i.test(text)) {
      open = false;
      return query(text);
    }
    return open ? query(text, values) : alone(text, values);
  };
  /** A cursor would need a transaction around it: its rows are read at once, and given in parts. */
  const readAtOnce = ({ text, values }: CursorStatement) => {
    let rows: unknown[] | undefined;
    return {
      async read(count: number) {
        rows ??= ((await pinnedQuery(text, values)) as QueryResult).rows;
        return rows.splice(0, count);
      },
      close: () => Promise.resolve(),
    };
  };
  const send = (statement: string | Cursor, values?: readonly unknown[]) =>
    statement instanceof Cursor ? readAtOnce(statement as unknown as CursorStatement) : pinnedQuery(statement, values);
  Object.assign(client, { query: send });
}

interface CursorStatement {
  readonly text: string;
  readonly values?: readonly unknown[];
}
