import { DomainError } from "../domain-error.js";

export class ApiKeyNotFoundError extends DomainError {
  override readonly kind = "not_found";
  override readonly reason = "API_KEY_NOT_FOUND";

  constructor() {
    super("no such key in this project; see ApiKeyService.QueryApiKeys");
  }
}

/** Nothing of what the service made by itself waits to be claimed. */
export class RotatedKeyNotFoundError extends DomainError {
  override readonly kind = "not_found";
  override readonly reason = "ROTATED_KEY_NOT_FOUND";

  constructor() {
    super(
      "no value of this key waits to be claimed: none was made, it was used, or its grace is over; if it was lost, rotate the key",
    );
  }
}

/** What a request asked for was done before, for a key that is gone since. */
export class CreatedApiKeyGoneError extends DomainError {
  override readonly kind = "not_found";
  override readonly reason = "API_KEY_NOT_FOUND";

  constructor() {
    super(
      "the key that the first call with this request_id made is deleted; to create another, send another request_id",
    );
  }
}

export class ApiKeyNameTakenError extends DomainError {
  override readonly kind = "already_exists";
  override readonly reason = "API_KEY_NAME_TAKEN";

  constructor() {
    super("the owner has a key of this name; choose another, or revoke or delete that key first");
  }
}

export class ApiKeyLimitReachedError extends DomainError {
  override readonly kind = "resource_exhausted";
  override readonly reason = "API_KEY_LIMIT_REACHED";
  override readonly facts: Readonly<Record<string, string>>;

  constructor(limit: number) {
    super(`the owner holds as many live keys as the project allows (${limit}); revoke or delete one first`);
    this.facts = { max_keys_per_owner: String(limit) };
  }
}

export class ApiKeyRevokedError extends DomainError {
  override readonly kind = "failed_precondition";
  override readonly reason = "API_KEY_REVOKED";

  constructor() {
    super("the key is revoked, for good; create another");
  }
}

export class NeverExpiresNotAllowedError extends DomainError {
  override readonly kind = "failed_precondition";
  override readonly reason = "NEVER_EXPIRES_NOT_ALLOWED";

  constructor() {
    super("the project does not allow keys that never expire; set expiration, or the project's allow_never_expires");
  }
}
