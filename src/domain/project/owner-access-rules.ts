import { createPublicKey, type JsonWebKeyInput } from "node:crypto";
import { InvalidFieldError } from "../domain-error.js";
import { accessTokenIssuer } from "../principal/credential-shape.js";
import { isPicture, maxLifetimeMs, maxLogoBytes, type OwnerAccess } from "./owner-access.js";

const maxKeys = 20;
/** What private and symmetric keys hold beside their public part. */
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/**
 * Holds what a client wants of owners' access to what its message alone cannot tell.
 *
 * @throws InvalidFieldError
 */
export function checkOwnerAccess(access: OwnerAccess): void {
  const { trustedIssuers, defaultLifetimeMs, origins, branding } = access;
  if (defaultLifetimeMs !== undefined && defaultLifetimeMs > maxLifetimeMs(access)) {
    throw invalid("default_lifetime", "must be at most max_lifetime");
  }
  if (!origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin)) {
    throw invalid("origins", "must be origins as browsers send them, without a port that is the usual one");
  }
  const names = trustedIssuers.map(({ issuer, audience }) => JSON.stringify([issuer, audience]));
  if (new Set(names).size < names.length) {
    throw invalid("trusted_issuers", "must not hold the same issuer and audience twice");
  }
  for (const { issuer, keys } of trustedIssuers) {
    if (issuer === accessTokenIssuer) {
      throw invalid(
        "trusted_issuers.issuer",
        `must not be ${accessTokenIssuer}, which issues the access tokens of users`,
      );
    }
    if ("jwksUri" in keys && !URL.canParse(keys.jwksUri)) {
      throw invalid("trusted_issuers.jwks_uri", "must be a URL");
    }
    if ("jwks" in keys && !isPublicKeySet(keys.jwks)) {
      throw invalid("trusted_issuers.jwks", `must be a JSON Web Key Set of 1 to ${maxKeys} public keys`);
    }
  }
  if (branding !== undefined && branding.logo.byteLength > 0) {
    if (branding.logo.byteLength > maxLogoBytes) {
      throw invalid("branding.logo", `must be at most ${maxLogoBytes} bytes`);
    }
    if (!isPicture(branding.logo)) {
      throw invalid("branding.logo", "must be a PNG, a JPEG or a WebP");
    }
  }
}

function invalid(field: string, rule: string): InvalidFieldError {
  return new InvalidFieldError(`owner_access.${field}`, rule);
}

/** A private key that was put here by mistake is not kept; a symmetric one would let everybody sign who can read it. */
function isPublicKeySet({ keys }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(keys) && keys.length > 0 && keys.length <= maxKeys && keys.every(isPublicKey);
}

function isPublicKey(key: unknown): boolean {
  if (typeof key !== "object" || key === null || privateMembers.some((member) => member in key)) {
    return false;
  }
  try {
    createPublicKey({ key, format: "jwk" } as JsonWebKeyInput);
    return true;
  } catch {
    return false;
  }
}
