/**
 * The policy of a page that is built of files: scripts and styles are files of this server, without exception, and no text becomes
 * markup: the page has no policy that would let one. What it asks for, it asks this server.
 *
 * @param framedBy origins of pages that may have it in a frame, as CSP writes them
 */
export function policyOfPage(framedBy: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${framedBy.length === 0 ? "'none'" : framedBy.join(" ")}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}
