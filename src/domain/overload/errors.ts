import { DomainError } from "../domain-error.js";

/** Too many calls wait for the database, or one has waited too long. */
export class DatabaseBusyError extends DomainError {
  override readonly kind = "unavailable";
  override readonly reason = "DATABASE_BUSY";

  constructor() {
    super("too many calls wait for the database; try again in a moment");
  }
}
