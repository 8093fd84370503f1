import { DomainError } from "../domain-error.js";

export class TierNotFoundError extends DomainError {
  override readonly kind = "not_found";
  override readonly reason = "TIER_NOT_FOUND";

  constructor() {
    super("no such tier; see TierService.QueryTiers");
  }
}

/** Deleting the tier would leave keys without the limits that they were given. */
export class TierInUseError extends DomainError {
  override readonly kind = "failed_precondition";
  override readonly reason = "TIER_IN_USE";

  constructor() {
    super("keys have this tier, or a project gives it to new ones; change those first");
  }
}
