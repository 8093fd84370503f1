/** The server is a standby: what is written to it is refused, and what is read may be old. */
export class DatabaseInRecoveryError extends Error {
  override readonly name = "DatabaseInRecoveryError";
  /** SQLSTATE of what a standby says to a write, so that a call fails as it would by that. */
  readonly code = "25006";

  constructor() {
    super("the database is in recovery (a standby): DATABASE_URL must lead to the primary");
  }
}

/** @throws DatabaseInRecoveryError */
export function refuseStandby({ standby }: { readonly standby: boolean }): void {
  if (standby) {
    throw new DatabaseInRecoveryError();
  }
}
