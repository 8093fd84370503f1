import { DomainError } from "../domain-error.js";
import type { AskedFactors } from "./model.js";

/** The password is right, and is not enough. */
export class SecondFactorRequiredError extends DomainError {
  override readonly kind = "unauthenticated";
  override readonly reason = "SECOND_FACTOR_REQUIRED";

  /** @param asked what would be enough */
  constructor(readonly asked: AskedFactors) {
    super(
      "send a second factor as well: totp_code, which is what your authenticator shows now or a recovery code, or passkey; second_factors says which you have",
    );
  }
}

/** A code or a passkey that is wrong, over, or was used. Which of these is not told. */
export class SecondFactorInvalidError extends DomainError {
  override readonly kind = "unauthenticated";
  override readonly reason = "SECOND_FACTOR_INVALID";

  constructor() {
    super(
      "this code or passkey is not good, or was used; send the next code that your authenticator shows, a recovery code, or what your passkey answers to new passkey_options",
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
