import { DomainError } from "../domain-error.js";

/** No such code, or not one that works any more. Which of these is not told. */
export class PortalCodeInvalidError extends DomainError {
  override readonly kind = "unauthenticated";
  override readonly reason = "PORTAL_CODE_INVALID";

  constructor() {
    super("the code was used, has expired or was ended; a new one comes with PortalService.CreatePortalSession");
  }
}

/** Links would have to lead where the request says that it came to, and that can say anything. */
export class PublicUrlMissingError extends DomainError {
  override readonly kind = "failed_precondition";
  override readonly reason = "PUBLIC_URL_MISSING";

  constructor() {
    super("set ALTALUNE_PUBLIC_URL to the URL by which people reach Altalune, such as https://keys.example.com");
  }
}
