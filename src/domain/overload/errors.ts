import { DomainError } from "../domain-error.js";

/** The database answers nothing, not even a question that reads nothing. */
export class DatabaseSilentError extends DomainError {
  override readonly kind = "unavailable";
  override readonly reason = "DATABASE_SILENT";

  constructor() {
    super(
      "the database does not answer; what the call was to change may have been changed: look before you send it again, or send it with the request_id that it had",
    );
  }
}

/** Too many calls wait for the database, or one has waited too long. */
export class DatabaseBusyError extends DomainError {
  override readonly kind = "unavailable";
  override readonly reason = "DATABASE_BUSY";

  constructor() {
    super("too many calls wait for the database; try again in a moment");
  }
}
