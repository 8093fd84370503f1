/** What a bearer token is by its looks. Whether it works, its resolver says. */
export type BearerShape = "root_key" | "portal_token" | "access_token" | "jwt";

/** What portal tokens start with. */
export const portalTokenPrefix = "alt_portal_";

/** Who access tokens of users say has issued them; no project can trust an issuer of this name. */
export const accessTokenIssuer = "altalune";

const jwt = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;

/** Root keys may look like anything, ALTALUNE_ROOT_KEY as its operator chose: whatever is nothing else is one. */
export function bearerShape(token: string): BearerShape {
  if (token.startsWith(portalTokenPrefix)) {
    return "portal_token";
  }
  if (!jwt.test(token)) {
    return "root_key";
  }
  return issuerOf(token) === accessTokenIssuer ? "access_token" : "jwt";
}

/** Who a JWT says has issued it, which its signature may tell otherwise. */
function issuerOf(token: string): unknown {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    return typeof claims === "object" && claims !== null && "iss" in claims ? claims.iss : undefined;
  } catch {
    return undefined;
  }
}
