import { type UserRole, userRoleNumbers } from "../user/model.js";

/** A provider of OpenID Connect, and what this service is there. */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The claim that says the role of who comes without an invitation; undefined: nobody does. */
  readonly roleClaim: string | undefined;
}

/** Who somebody is at a provider: its pair is never another's, whatever becomes of addresses. */
export interface IdentityName {
  readonly issuer: string;
  readonly subject: string;
}

/** What a provider has proven of somebody. */
export interface ProvenIdentity extends IdentityName {
  /** Verified by the provider; in lower case. */
  readonly email: string;
  /** What a user may be called: the rules of usernames hold, and another may have it. */
  readonly username: string;
  /** What the claim says; undefined: none that is known here, or there is no such claim. */
  readonly role: UserRole | undefined;
  /** What this sign-in was begun with; undefined: no invitation. */
  readonly invitation: string | undefined;
  /** The page of our own that it is to end at; undefined: none was asked for. */
  readonly returnTo: string | undefined;
}

/** An identity that a user has. */
export interface BoundIdentity {
  /** The user's public id. */
  readonly userId: string;
  /** Whether the user came by the claim, which then has to go on saying so. */
  readonly isByClaim: boolean;
}

export type Claims = Readonly<Record<string, unknown>>;

/** What every ID token says. */
export interface IdentityClaims {
  readonly iss: string;
  readonly sub: string;
}

const longestUsername = 27;
const longestEmail = 254;
/** As the contract has addresses of users. */
const address = /^[!-?A-~]+@[a-zA-Z0-9.-]+[.][a-zA-Z0-9-]{2,}$/;

/** The strongest role that a claim names, alone or in a list; what is not known here names none. */
export function roleOfClaim(value: unknown): UserRole | undefined {
  const named: readonly unknown[] = Array.isArray(value) ? value : [value];
  const roles = Object.keys(userRoleNumbers) as UserRole[];
  return roles.sort((a, b) => userRoleNumbers[a] - userRoleNumbers[b]).find((role) => named.includes(role));
}

/** In lower case; undefined: there is none, or the provider does not say that it is the person's. */
export function verifiedEmail({ email, email_verified: isVerified }: Claims): string | undefined {
  const isAddress = typeof email === "string" && email.length <= longestEmail && address.test(email);
  return isVerified === true && isAddress ? email.toLowerCase() : undefined;
}

/** What a user may be called, made of what the person is called at the provider; short enough that something can be added. */
export function usernameOf(claims: Claims, email: string): string {
  const { preferred_username: preferred } = claims;
  const [local = ""] = (typeof preferred === "string" ? preferred : email).toLowerCase().split("@");
  const name = local
    .replace(/[^a-z0-9_.-]+/g, "-")
    .slice(0, longestUsername)
    .replace(/^[-.]+|[-.]+$/g, "");
  return name.length < 3 ? `user-${name}`.replace(/-$/, "") : name;
}
