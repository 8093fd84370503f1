/** What a bearer token is by its looks. Whether it works, its resolver says. */
export type BearerShape = "root_key" | "portal_token" | "jwt";

/** What portal tokens start with. */
export const portalTokenPrefix = "alt_portal_";

const jwt = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;

/** Root keys may look like anything, ALTALUNE_ROOT_KEY as its operator chose: whatever is nothing else is one. */
export function bearerShape(token: string): BearerShape {
  if (token.startsWith(portalTokenPrefix)) {
    return "portal_token";
  }
  return jwt.test(token) ? "jwt" : "root_key";
}
