import { DomainError } from "../domain-error.js";

/** The password is right, and is not enough. */
export class SecondFactorRequiredError extends DomainError {
  override readonly kind = "unauthenticated";
  override readonly reason = "SECOND_FACTOR_REQUIRED";

  constructor() {
    super("send totp_code as well: what your authenticator shows now, or a recovery code");
  }
}

/** A code that is wrong, over, or was used. Which of these is not told. */
export class SecondFactorInvalidError extends DomainError {
  override readonly kind = "unauthenticated";
  override readonly reason = "SECOND_FACTOR_INVALID";

  constructor() {
    super(
      "this code is not good, or was used; wait for the next that your authenticator shows, or use a recovery code",
    );
  }
}

export class SecondFactorSetError extends DomainError {
  override readonly kind = "failed_precondition";
  override readonly reason = "SECOND_FACTOR_SET";

  constructor() {
    super("you have an authenticator already; remove it first, by DELETE /api/auth/totp");
  }
}

export class SecondFactorNotBegunError extends DomainError {
  override readonly kind = "failed_precondition";
  override readonly reason = "SECOND_FACTOR_NOT_BEGUN";

  constructor() {
    super("there is no authenticator to confirm; begin by POST /api/auth/totp");
  }
}
