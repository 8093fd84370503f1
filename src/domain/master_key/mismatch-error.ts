/** The database was set up with another master key. */
export class MasterKeyMismatchError extends Error {
  override readonly name = "MasterKeyMismatchError";

  constructor() {
    super(
      "this database is under another master key: set ALTALUNE_MASTER_KEY to that one, or ALTALUNE_MASTER_KEY_PREVIOUS while it is being replaced",
    );
  }
}
