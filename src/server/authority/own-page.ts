import { ForeignPageError } from "../../domain/session/errors.js";
import type { PublicUrl } from "../../platform/public-url.js";
import type { HttpRequest } from "../http/http.js";

/** Types that a form of another page cannot send: a browser asks before it sends these elsewhere. */
const unformedTypes =
  /^application\/(?:json|proto|connect\+(?:json|proto)|grpc(?:-web)?(?:-text)?(?:\+(?:json|proto))?)\s*(?:;|$)/i;

/** What of a request tells who has sent it. */
export interface PageHeaders {
  readonly origin: string | null | undefined;
  /** Sec-Fetch-Site */
  readonly site: string | null | undefined;
}

/** What the headers of a request say, by HTTP/1.1 or HTTP/2. */
export function pageHeadersOf(headers: HttpRequest["headers"]): PageHeaders {
  const site = headers["sec-fetch-site"];
  return { origin: headers.origin, site: typeof site === "string" ? site : undefined };
}

/**
 * Holds what a browser's cookie changes to pages of our own. A browser says from which page a request is, by one of these headers at
 * least; where neither stands, nobody can tell.
 *
 * @throws ForeignPageError
 */
export function requireOwnPage(page: PageHeaders, publicUrl: PublicUrl): void {
  if (!isOwnPage(page, publicUrl)) {
    throw new ForeignPageError();
  }
}

/** The same as an answer. */
export function isOwnPage({ origin, site }: PageHeaders, publicUrl: PublicUrl): boolean {
  return origin ? publicUrl.isOwn(origin) : site === "same-origin";
}

/**
 * The same of a sign-in, which needs no cookie, and so may come from a program: whatever says that it is from another page is refused.
 *
 * @throws ForeignPageError
 */
export function refuseForeignPage({ origin, site }: PageHeaders, publicUrl: PublicUrl): void {
  const isForeign = origin ? !publicUrl.isOwn(origin) : site !== "same-origin" && site !== "none";
  if ((origin || site) && isForeign) {
    throw new ForeignPageError();
  }
}

/** Whether a body of this type cannot be a form's. */
export function isUnformed(contentType: string | null | undefined): boolean {
  return unformedTypes.test(contentType ?? "");
}
