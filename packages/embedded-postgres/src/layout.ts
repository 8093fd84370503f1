import { isAbsolute, join } from "node:path";
import { EmbeddedPostgresError } from "./errors.js";

/** Where things lie in a data folder. */
export interface Layout {
  readonly dataDir: string;
  /** PGDATA, 0700, of the database's OS user. */
  readonly pgData: string;
  /** The superuser's password, 0600, of this process's OS user. */
  readonly password: string;
  readonly log: string;
}

export function layoutOf(dataDir: string): Layout {
  if (!isAbsolute(dataDir)) {
    throw new EmbeddedPostgresError(`The data folder must be an absolute path, and ${dataDir} is not.`);
  }
  return {
    dataDir,
    pgData: join(dataDir, "pg"),
    password: join(dataDir, "password"),
    log: join(dataDir, "postgres.log"),
  };
}
