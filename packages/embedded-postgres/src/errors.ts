/** The embedded server cannot be had; the sentence says why, and what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name: string = "EmbeddedPostgresError";
}

/** Another service owns the server of this data folder. */
export class DataDirInUseError extends EmbeddedPostgresError {
  override readonly name = "DataDirInUseError";
  readonly dataDir: string;

  constructor(dataDir: string) {
    super(
      `Another Altalune is running on the data folder ${dataDir}. Stop it first, give this one a folder of its own with ` +
        "ALTALUNE_DATA_DIR, or let both use one Postgres with DATABASE_URL.",
    );
    this.dataDir = dataDir;
  }
}
