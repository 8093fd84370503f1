import { DomainError } from "../domain-error.js";

/** The token cannot be checked now, whatever it is. */
export class IssuerKeysUnavailableError extends DomainError {
  override readonly kind = "unavailable";
  override readonly reason = "ISSUER_KEYS_UNAVAILABLE";

  constructor() {
    super("the keys of the token's issuer cannot be fetched now; try again later");
  }
}
