import { DomainError } from "../domain-error.js";

/** A link cannot be made: nobody has said what it begins with, and what a request says of that can be anything. */
export class PublicUrlMissingError extends DomainError {
  override readonly kind = "failed_precondition";
  override readonly reason = "PUBLIC_URL_MISSING";

  constructor() {
    super(
      "set ALTALUNE_PUBLIC_URL to the address that browsers reach this service by, such as https://keys.example.com",
    );
  }
}
