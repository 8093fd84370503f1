import { DomainError } from "../domain-error.js";
import { maxPasskeys } from "./model.js";

/** Browsers make passkeys for names, and not for addresses of IP. */
export class PasskeysUnavailableError extends DomainError {
  override readonly kind = "failed_precondition";
  override readonly reason = "PASSKEYS_UNAVAILABLE";

  constructor() {
    super(
      "browsers make passkeys for a host's name alone; set ALTALUNE_PUBLIC_URL to one, such as http://localhost:8080, and come by it",
    );
  }
}

export class PasskeyLimitReachedError extends DomainError {
  override readonly kind = "failed_precondition";
  override readonly reason = "PASSKEY_LIMIT_REACHED";

  constructor() {
    super(`you have ${maxPasskeys} passkeys, which is the most; remove one first, by DELETE /api/auth/passkeys/{id}`);
  }
}

export class PasskeyNameTakenError extends DomainError {
  override readonly kind = "already_exists";
  override readonly reason = "PASSKEY_NAME_TAKEN";

  constructor() {
    super("another of your passkeys has this name; choose another, or leave it out");
  }
}

export class PasskeyExistsError extends DomainError {
  override readonly kind = "already_exists";
  override readonly reason = "PASSKEY_EXISTS";

  constructor() {
    super("this passkey was added before; see GET /api/auth/passkeys");
  }
}

export class PasskeyNotFoundError extends DomainError {
  override readonly kind = "not_found";
  override readonly reason = "PASSKEY_NOT_FOUND";

  constructor() {
    super("you have no such passkey; see GET /api/auth/passkeys");
  }
}
