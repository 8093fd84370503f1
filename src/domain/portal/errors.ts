import { DomainError } from "../domain-error.js";

/** No such code, or not one that works any more. Which of these is not told. */
export class PortalCodeInvalidError extends DomainError {
  override readonly kind = "unauthenticated";
  override readonly reason = "PORTAL_CODE_INVALID";

  constructor() {
    super("the code was used, has expired or was ended; a new one comes with PortalService.CreatePortalSession");
  }
}
