import { DomainError } from "../domain-error.js";

/** What was to be changed is no longer as the caller has read it. */
export class EtagMismatchError extends DomainError {
  override readonly kind = "aborted";
  override readonly reason = "ETAG_MISMATCH";

  constructor() {
    super("it was changed since its etag was read, and nothing was done: read it again, and decide anew");
  }
}
