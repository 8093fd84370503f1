import { DomainError } from "../domain-error.js";

/** The instance's own trail needs a root key, or a user, that reaches every project. */
export class InstanceTrailForbiddenError extends DomainError {
  override readonly kind = "permission_denied";
  override readonly reason = "PERMISSION_MISSING";

  constructor() {
    super(
      "the instance's own trail needs a root key without a project list, or a user who reaches every project; name a project_id, or use such a credential",
    );
  }
}
