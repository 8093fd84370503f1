import { DomainError } from "../domain-error.js";

/** An address reports more than anybody finds by hand. */
export class TooManyReportsError extends DomainError {
  override readonly kind = "resource_exhausted";
  override readonly reason = "TOO_MANY_REPORTS";
  override readonly facts: Readonly<Record<string, string>>;

  constructor(retryAfterSeconds: number) {
    super(
      `too many reports from this address; try again in ${retryAfterSeconds} s, or send a root key with the scope api_keys:write`,
    );
    this.facts = { retry_after_seconds: String(retryAfterSeconds) };
  }
}

/** The signature of a report by GitHub is not one of its keys'. */
export class GithubSignatureInvalidError extends DomainError {
  override readonly kind = "unauthenticated";
  override readonly reason = "GITHUB_SIGNATURE_INVALID";

  constructor() {
    super(
      "Github-Public-Key-Signature must be the signature of the body, as it was sent, by the key that Github-Public-Key-Identifier names",
    );
  }
}

/** By which keys GitHub signs is not known. */
export class GithubKeysUnavailableError extends DomainError {
  override readonly kind = "unavailable";
  override readonly reason = "GITHUB_KEYS_UNAVAILABLE";

  constructor() {
    super("the keys at ALTALUNE_GITHUB_KEYS_URL cannot be fetched now; try again in a moment");
  }
}
