import { DomainError } from "../domain-error.js";

export class UserNotFoundError extends DomainError {
  override readonly kind = "not_found";
  override readonly reason = "USER_NOT_FOUND";

  constructor() {
    super("no such user; see UserService.QueryUsers");
  }
}

/** Nobody would be left who may do everything. */
export class LastOwnerError extends DomainError {
  override readonly kind = "failed_precondition";
  override readonly reason = "LAST_OWNER";

  constructor() {
    super("this is the last owner who can sign in; make another user an owner first");
  }
}

export class UsernameTakenError extends DomainError {
  override readonly kind = "already_exists";
  override readonly reason = "USERNAME_TAKEN";

  constructor() {
    super("another user has this username; choose another");
  }
}

export class UserEmailTakenError extends DomainError {
  override readonly kind = "already_exists";
  override readonly reason = "USER_EMAIL_TAKEN";

  constructor() {
    super("another user has this email address");
  }
}

/** Who grants more than they have, or changes a user who has more. */
export class GrantAboveOwnError extends DomainError {
  override readonly kind = "permission_denied";
  override readonly reason = "PERMISSION_MISSING";

  constructor() {
    super("nobody grants a role or projects above their own, or changes a user who has them");
  }
}

/** A code that was used, has ended, or never was. Which of these is not told. */
export class InvitationInvalidError extends DomainError {
  override readonly kind = "permission_denied";
  override readonly reason = "INVITATION_INVALID";

  constructor() {
    super("this invitation was used, has ended, or is for another address; ask for another");
  }
}
/** No such user, another password, or a user who is shut out. Which of these is not told. */
export class CredentialsInvalidError extends DomainError {
  override readonly kind = "unauthenticated";
  override readonly reason = "CREDENTIALS_INVALID";

  constructor() {
    super("this is not the password of a user of that name");
  }
}

/** Who has proven to be a user who is shut out. */
export class UserDisabledError extends DomainError {
  override readonly kind = "permission_denied";
  override readonly reason = "USER_DISABLED";

  constructor() {
    super("your account is disabled; ask whoever runs this service");
  }
}

/** Passwords of an account, or from an address, were wrong too often. */
export class TooManyFailedLoginsError extends DomainError {
  override readonly kind = "resource_exhausted";
  override readonly reason = "TOO_MANY_FAILED_LOGINS";
  override readonly facts: Readonly<Record<string, string>>;

  constructor(retryAfterSeconds: number) {
    super(`too many wrong passwords; try again in ${retryAfterSeconds} s, or where you signed in before`);
    this.facts = { retry_after_seconds: String(retryAfterSeconds) };
  }
}

/** Too many have registered from an address without an invitation. */
export class TooManyRegistrationsError extends DomainError {
  override readonly kind = "resource_exhausted";
  override readonly reason = "TOO_MANY_REGISTRATIONS";
  override readonly facts: Readonly<Record<string, string>>;

  constructor(retryAfterSeconds: number) {
    super(`too many registrations from this address; try again in ${retryAfterSeconds} s`);
    this.facts = { retry_after_seconds: String(retryAfterSeconds) };
  }
}

/** Who registers needs an invitation here. */
export class RegistrationClosedError extends DomainError {
  override readonly kind = "permission_denied";
  override readonly reason = "INVITATION_REQUIRED";

  constructor() {
    super("registration takes an invitation; ask whoever runs this service for one");
  }
}
