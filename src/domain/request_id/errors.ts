import { DomainError } from "../domain-error.js";

/** The caller named another request so, within a day. */
export class RequestIdReusedError extends DomainError {
  override readonly kind = "aborted";
  override readonly reason = "REQUEST_ID_REUSED";

  constructor() {
    super(
      "another request had this request_id within the last 24 hours, and nothing was done: send that one again, or this one with another request_id",
    );
  }
}
