import { type Kysely, sql } from "kysely";

/** The database cannot store every text. */
export class DatabaseEncodingError extends Error {
  override readonly name = "DatabaseEncodingError";

  constructor(encoding: string) {
    super(
      `the database stores text as ${encoding} and must store it as UTF8, or names of keys would be refused or mixed up: ` +
        "make another by `create database altalune encoding 'UTF8' template template0`, and set DATABASE_URL to it",
    );
  }
}

/** @throws DatabaseEncodingError */
export async function refuseOtherEncodings<T>(db: Kysely<T>): Promise<void> {
  const { rows } = await sql<{ encoding: string }>`select current_setting('server_encoding') as encoding`.execute(db);
  const encoding = rows[0]?.encoding ?? "unknown";
  if (encoding !== "UTF8") {
    throw new DatabaseEncodingError(encoding);
  }
}
