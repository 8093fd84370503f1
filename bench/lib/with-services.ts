import type { Kysely } from "kysely";
import type { Services } from "../../src/app/context.js";
import type { Database } from "../../src/platform/postgres/database.js";
import { createLogger, createServices, MasterKey, openDatabase } from "./product.js";

interface At {
  readonly databaseUrl: string;
  /** base64. */
  readonly masterKey: string;
}

/** Uses the product's services on a database in this process: for what is to be there before anything is measured. */
export async function withServices<T>(
  { databaseUrl, masterKey }: At,
  use: (services: Services, db: Kysely<Database>) => Promise<T>,
): Promise<T> {
  const db = await openDatabase(databaseUrl, { poolSize: 2, logger: createLogger("warn") });
  try {
    const services = await createServices({
      db,
      masterKey: new MasterKey(Buffer.from(masterKey, "base64")),
      environmentKey: undefined,
    });
    return await use(services, db);
  } finally {
    await db.destroy();
  }
}
