import { templateName, urlOfDatabase, withServer } from "./run-databases.js";
import { prepareTemplate } from "./template.js";

export async function requireCreateDatabase(serverUrl: string): Promise<void> {
  const allowed = await withServer(serverUrl, async (client) => {
    const { rows } = await client.query<{ allowed: boolean }>(
      "select rolcreatedb or rolsuper as allowed from pg_roles where rolname = current_user",
    );
    return rows[0]?.allowed ?? false;
  });
  if (!allowed) {
    throw new Error(
      "The role of TEST_DATABASE_URL may not create databases, and each test has one of its own. Grant it with " +
        "`alter role … createdb`, or unset TEST_DATABASE_URL to use the embedded Postgres.",
    );
  }
}

export async function makeTemplate(serverUrl: string, runName: string): Promise<void> {
  const name = templateName(runName);
  await withServer(serverUrl, (client) => client.query(`create database ${client.escapeIdentifier(name)}`));
  await prepareTemplate(urlOfDatabase(serverUrl, name));
  // A template with a connection to it cannot be copied.
  await withServer(serverUrl, (client) =>
    client.query(`alter database ${client.escapeIdentifier(name)} with allow_connections false`),
  );
}
