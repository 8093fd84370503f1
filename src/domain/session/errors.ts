import { DomainError } from "../domain-error.js";

/** No session, or one that is over. Which of these is not told. */
export class SessionInvalidError extends DomainError {
  override readonly kind = "unauthenticated";
  override readonly reason = "SESSION_INVALID";

  constructor() {
    super("sign in: there is no session, or it is over");
  }
}

/** An access token that is none of ours, has ended, or whose session has. */
export class AccessTokenInvalidError extends DomainError {
  override readonly kind = "unauthenticated";
  override readonly reason = "ACCESS_TOKEN_INVALID";

  constructor() {
    super("this access token is not good, or not any more; get another from /api/auth/token/refresh, or sign in");
  }
}

export class RefreshTokenInvalidError extends DomainError {
  override readonly kind = "unauthenticated";
  override readonly reason = "REFRESH_TOKEN_INVALID";

  constructor() {
    super("this refresh token is not good: it was used, has ended, or its session has; sign in");
  }
}

export class SessionNotFoundError extends DomainError {
  override readonly kind = "not_found";
  override readonly reason = "SESSION_NOT_FOUND";

  constructor() {
    super("you have no such session; see GET /api/auth/sessions");
  }
}

/** A cookie goes along with whatever page sends a request: only pages of our own may change anything by it. */
export class ForeignPageError extends DomainError {
  override readonly kind = "permission_denied";
  override readonly reason = "FOREIGN_PAGE";

  constructor() {
    super(
      "with a cookie, only pages of ALTALUNE_PUBLIC_URL may change anything, which their Origin or Sec-Fetch-Site says, and in JSON or protobuf",
    );
  }
}
