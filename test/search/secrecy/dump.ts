import pg from "pg";

/** A place in the database and all that stands there, as text. */
export type DumpPart = readonly [place: string, text: string];

/**
 * All that is in a database: every row of every table as text, with its bytea values decoded behind it, and the
 * statements that the server remembers.
 */
export async function dumpOf(databaseUrl: string): Promise<readonly DumpPart[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(`
      select format('%I.%I', nspname, relname) as name
      from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where relkind in ('r', 'm') and nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
      order by name`);
    const parts: DumpPart[] = [];
    for (const { name } of tables) {
      parts.push([`table ${name}`, await textOf(client, `select t::text as text from ${name} as t`)]);
    }
    parts.push(["pg_stat_activity", await textOf(client, "select a::text as text from pg_stat_activity as a")]);
    const { rows: extensions } = await client.query("select to_regclass('pg_stat_statements') as view");
    if (extensions[0]?.view) {
      parts.push(["pg_stat_statements", await textOf(client, "select s::text as text from pg_stat_statements as s")]);
    }
    return parts;
  } finally {
    await client.end();
  }
}

async function textOf(client: pg.Client, query: string): Promise<string> {
  const { rows } = await client.query<{ text: string }>(query);
  return rows.map(({ text }) => `${text}\n${decodedBytes(text)}`).join("\n");
}

function decodedBytes(row: string): string {
  return [...row.matchAll(/\\x([0-9a-f]+)/g)]
    .map(([, hex = ""]) => Buffer.from(hex, "hex").toString("latin1"))
    .join("\n");
}
