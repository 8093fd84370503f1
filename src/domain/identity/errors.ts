import { DomainError } from "../domain-error.js";

export class OidcNotConfiguredError extends DomainError {
  override readonly kind = "not_found";
  override readonly reason = "OIDC_NOT_CONFIGURED";

  constructor() {
    super("this service has no provider to sign in at; sign in with a password, or see docs/users.md");
  }
}

/** The provider does not answer, or not as one. It is asked again at the next sign-in. */
export class OidcProviderUnavailableError extends DomainError {
  override readonly kind = "unavailable";
  override readonly reason = "OIDC_PROVIDER_UNAVAILABLE";
  override readonly facts = { retry_after_seconds: "5" };

  constructor() {
    super("the provider to sign in at does not answer as it should; try again, or sign in with a password");
  }
}

/** Who comes back from the provider did not leave from this browser, or too long ago. */
export class OidcFlowInvalidError extends DomainError {
  override readonly kind = "failed_precondition";
  override readonly reason = "OIDC_FLOW_INVALID";

  constructor() {
    super(
      "this sign-in was not begun in this browser, was begun again since, or took more than 10 minutes; begin at /api/auth/oidc/login",
    );
  }
}

/** The provider has refused, or the person has. */
export class OidcSignInRefusedError extends DomainError {
  override readonly kind = "permission_denied";
  override readonly reason = "OIDC_SIGN_IN_REFUSED";

  constructor() {
    super("the provider has not let you in, or you have stopped there; begin at /api/auth/oidc/login");
  }
}

/** What came from the provider proves nothing: it is for another sign-in or another service, or is not signed by the provider. */
export class OidcAnswerInvalidError extends DomainError {
  override readonly kind = "unauthenticated";
  override readonly reason = "OIDC_ANSWER_INVALID";

  constructor() {
    super("what the provider has answered does not hold for this sign-in; begin at /api/auth/oidc/login");
  }
}

export class OidcEmailUnverifiedError extends DomainError {
  override readonly kind = "permission_denied";
  override readonly reason = "OIDC_EMAIL_UNVERIFIED";

  constructor() {
    super("the provider does not say that your email address is verified; have it verified there, and begin again");
  }
}

/** An account is never joined to an identity by its address. */
export class OidcAccountExistsError extends DomainError {
  override readonly kind = "already_exists";
  override readonly reason = "OIDC_ACCOUNT_EXISTS";

  constructor() {
    super(
      "there is an account of this address, and none is joined to a provider by its address: sign in with its password, or have it deleted, and be invited again",
    );
  }
}

export class OidcRoleUnknownError extends DomainError {
  override readonly kind = "permission_denied";
  override readonly reason = "OIDC_ROLE_UNKNOWN";

  constructor() {
    super(
      "the provider names no role that you have here; ask whoever runs this service for one there, or for an invitation",
    );
  }
}
