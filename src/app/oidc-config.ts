import { z } from "zod";
import type { OidcSettings } from "../domain/identity/model.js";
import { isLoopback } from "../platform/address-ranges.js";

const maxLength = 1024;

const printable = z
  .string()
  .max(maxLength, `must have at most ${maxLength} characters`)
  .regex(/^[\x21-\x7e]*$/, "must hold no spaces and no characters outside ASCII");

/** The variables of sign-ins at a provider of OpenID Connect. */
export const oidcVariables = {
  ALTALUNE_OIDC_ISSUER: z
    .string()
    .refine(
      isIssuer,
      "must be the provider's issuer, such as https://accounts.example.com, without ? and #; http is for this machine alone",
    )
    .optional(),
  ALTALUNE_OIDC_CLIENT_ID: printable.optional(),
  ALTALUNE_OIDC_CLIENT_SECRET: printable.optional(),
  ALTALUNE_OIDC_ROLE_CLAIM: printable.optional(),
} as const;

const needed = ["ALTALUNE_OIDC_ISSUER", "ALTALUNE_OIDC_CLIENT_ID", "ALTALUNE_OIDC_CLIENT_SECRET"] as const;

/** @param isHere whether the service listens on this machine alone */
export function oidcFaults(given: Readonly<Record<string, string | undefined>>, isHere: boolean): readonly string[] {
  if (Object.keys(oidcVariables).every((name) => given[name] === undefined)) {
    return [];
  }
  const faults = needed
    .filter((name) => given[name] === undefined)
    .map((name) => `${name} must be set: ${needed.join(", ")} go together`);
  if (given["ALTALUNE_PUBLIC_URL"] === undefined && !isHere) {
    faults.push(
      "ALTALUNE_PUBLIC_URL must be set together with ALTALUNE_OIDC_ISSUER: the provider sends browsers back to it",
    );
  }
  return faults;
}

export function oidcOf({
  ALTALUNE_OIDC_ISSUER: issuer,
  ALTALUNE_OIDC_CLIENT_ID: clientId,
  ALTALUNE_OIDC_CLIENT_SECRET: clientSecret,
  ALTALUNE_OIDC_ROLE_CLAIM: roleClaim,
}: Readonly<Partial<Record<keyof typeof oidcVariables, string | undefined>>>): OidcSettings | undefined {
  return issuer === undefined || clientId === undefined || clientSecret === undefined
    ? undefined
    : { issuer, clientId, clientSecret, roleClaim };
}

/** Whoever can answer in its place can sign anybody in: so it is asked by https, or on this machine. */
function isIssuer(text: string): boolean {
  if (!/^https?:\/\/[^?#@\s]+$/.test(text) || !URL.canParse(text)) {
    return false;
  }
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") {
    return false;
  }
  return protocol === "https:" || hostname === "localhost" || isLoopback(hostname.replace(/^\[|\]$/g, ""));
}
