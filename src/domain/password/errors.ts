import { DomainError } from "../domain-error.js";

/** So many passwords wait to be checked that another would wait too long. */
export class SignInBusyError extends DomainError {
  override readonly kind = "unavailable";
  override readonly reason = "SIGN_IN_BUSY";
  override readonly facts = { retry_after_seconds: "5" };

  constructor() {
    super("too many sign-ins at once; try again in a few seconds");
  }
}
