import { DomainError } from "../domain-error.js";

/** No root key, or not one that works. Which of these is not told. */
export class RootKeyInvalidError extends DomainError {
  override readonly kind = "unauthenticated";
  override readonly reason = "ROOT_KEY_INVALID";

  constructor() {
    super(
      "send a root key that is neither revoked nor expired, or a user's access token, as: Authorization: Bearer <credential>",
    );
  }
}

/** The root key works, but not for this. */
export class PermissionMissingError extends DomainError {
  override readonly kind = "permission_denied";
  override readonly reason = "PERMISSION_MISSING";
  override readonly facts: Readonly<Record<string, string>>;

  constructor(scope: string) {
    super(
      `this needs the scope ${scope}: of a root key, made with: altalune root-key create --scope ${scope}; or of a user's role`,
    );
    this.facts = { scope };
  }
}

/** The rpc is about more than single projects. */
export class EveryProjectRequiredError extends DomainError {
  override readonly kind = "permission_denied";
  override readonly reason = "PERMISSION_MISSING";

  constructor() {
    super(
      "this needs a root key without a project list, made with: altalune root-key create, without --project; or a user who reaches every project",
    );
  }
}

/** An address failed to authenticate too often. */
export class TooManyFailuresError extends DomainError {
  override readonly kind = "resource_exhausted";
  override readonly reason = "TOO_MANY_FAILED_AUTHENTICATIONS";
  override readonly facts: Readonly<Record<string, string>>;

  constructor(retryAfterSeconds: number) {
    super(`too many failed authentications from this address; try again in ${retryAfterSeconds} s`);
    this.facts = { retry_after_seconds: String(retryAfterSeconds) };
  }
}

/** The root key that a listener acts by does not work any more: nobody who calls there can help it. */
export class ActingRootKeyEndedError extends DomainError {
  override readonly kind = "unavailable";
  override readonly reason = "GATEWAY_ROOT_KEY_ENDED";

  constructor() {
    super("the root key of ALTALUNE_GATEWAY_ROOT_KEY_ID was revoked or has expired; name one that works, and restart");
  }
}
