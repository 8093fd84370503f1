// Exits with 0 when a Postgres lets us in at the URL, and prints its version.
import pg from "pg";

const client = new pg.Client({ connectionString: process.argv[2], connectionTimeoutMillis: 3_000 });
try {
  await client.connect();
  const { rows } = await client.query("select version()");
  console.log(rows[0].version);
} catch (error) {
  console.log(error.message || error.code);
  process.exitCode = 1;
} finally {
  await client.end().catch(() => undefined);
}
