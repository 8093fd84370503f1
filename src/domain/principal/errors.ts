import { DomainError } from "../domain-error.js";

/** Which of them was meant cannot be told, and the weaker one must not borrow the reach of the stronger. */
export class TwoCredentialsError extends DomainError {
  override readonly kind = "unauthenticated";
  override readonly reason = "TWO_CREDENTIALS";

  constructor() {
    super("the request has two credentials; send one of them, and no other beside it");
  }
}

/** The rpc is for other kinds of callers. */
export class CallerKindError extends DomainError {
  override readonly kind = "permission_denied";
  override readonly reason = "PERMISSION_MISSING";

  /** @param takers who may call it, such as "owners" */
  constructor(takers: string) {
    super(`this is open to ${takers} alone; call it with a credential of theirs`);
  }
}

/** No credential of an owner, or not one that works. Which of these is not told. */
export class OwnerCredentialInvalidError extends DomainError {
  override readonly kind = "unauthenticated";
  override readonly reason = "OWNER_CREDENTIAL_INVALID";

  constructor() {
    super(
      "send a portal token that works, or with the header X-Altalune-Project-Id a token of an issuer that this project trusts, as: Authorization: Bearer <token>",
    );
  }
}

/** The page that calls is none of the project's. */
export class OriginNotAllowedError extends DomainError {
  override readonly kind = "permission_denied";
  override readonly reason = "ORIGIN_NOT_ALLOWED";

  constructor() {
    super("pages of this origin may not call for this project; its owner_access lists those that may");
  }
}

/** No project that lets users have keys is named, or there is not exactly one. Which of these is not told. */
export class UserKeysNotAllowedError extends DomainError {
  override readonly kind = "permission_denied";
  override readonly reason = "USER_KEYS_NOT_ALLOWED";

  constructor() {
    super(
      "users have keys of their own in projects whose owner_access allows it; where that is not exactly one, name it by X-Altalune-Project-Id or ?project_id=",
    );
  }
}

/** The owner's credential works, but not for this. */
export class OwnerPermissionMissingError extends DomainError {
  override readonly kind = "permission_denied";
  override readonly reason = "PERMISSION_MISSING";
  override readonly facts: Readonly<Record<string, string>>;

  constructor(permission: string) {
    super(`the token needs the permission ${permission} for this; it is given by PortalService.CreatePortalSession`);
    this.facts = { permission };
  }
}
