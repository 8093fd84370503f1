/** What went wrong, in the terms of the rpc status codes. */
export type DomainErrorKind =
  | "invalid_argument"
  | "not_found"
  | "already_exists"
  | "resource_exhausted"
  | "failed_precondition"
  | "aborted"
  | "unauthenticated"
  | "permission_denied"
  | "unavailable";

/**
 * A denial by a rule of the business. Each domain has its own classes of it; the transport turns them into errors of the
 * rpc in one place.
 */
export abstract class DomainError extends Error {
  abstract readonly kind: DomainErrorKind;
  /** The stable name that clients switch on, such as API_KEY_NOT_FOUND. */
  abstract readonly reason: string;
  /** Facts for the client; never a secret. */
  readonly facts: Readonly<Record<string, string>> = {};

  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** A field of the request holds what a rule does not allow. */
export class InvalidFieldError extends DomainError {
  override readonly kind = "invalid_argument";
  override readonly reason = "INVALID_FIELD";

  /**
   * @param field the field's path in the request, such as `query.pagination.page_token`; never a value
   * @param rule what the field must be, such as "must be in the future"; never a value
   * @param ruleId what programs may go by, such as the name of a rule in the API's definition
   */
  constructor(
    readonly field: string,
    readonly rule: string,
    readonly ruleId = "invalid",
  ) {
    super(`${field}: ${rule}`);
  }
}
