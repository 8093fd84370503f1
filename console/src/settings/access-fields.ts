import type { OwnerAccess, OwnerAccessSchema } from "@altalune/sdk/messages";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type LifetimeFields, lifetimeFieldsOf, lifetimeGiven, readsAsLifetime } from "../form/lifetime-fields.ts";
import { type IssuerFields, issuerFieldsOf, trustedIssuerOf } from "./issuer-fields.ts";

/** Owners' access as a form has it. */
export interface AccessFields {
  readonly allowUsers: boolean;
  readonly ownerScopes: string[];
  readonly maxLifetime: LifetimeFields;
  readonly defaultLifetime: LifetimeFields;
  readonly defaultTier: string;
  readonly origins: string[];
  readonly issuers: readonly IssuerFields[];
  readonly brandName: string;
  readonly color: string;
  /** Empty: none. */
  readonly logo: Uint8Array;
}

export function accessFieldsOf(access: OwnerAccess | undefined): AccessFields {
  return {
    allowUsers: access?.allowUsers ?? false,
    ownerScopes: access?.ownerScopes ?? [],
    maxLifetime: lifetimeFieldsOf(access?.maxLifetime),
    defaultLifetime: lifetimeFieldsOf(access?.defaultLifetime),
    defaultTier: access?.defaultTier ?? "",
    origins: access?.origins ?? [],
    issuers: (access?.trustedIssuers ?? []).map(issuerFieldsOf),
    brandName: access?.branding?.name ?? "",
    color: access?.branding?.color ?? "",
    logo: access?.branding?.logo ?? new Uint8Array(),
  };
}

/** As a request has it; undefined: something of it cannot be read. */
export function ownerAccessOf(fields: AccessFields): MessageInitShape<typeof OwnerAccessSchema> | undefined {
  const { allowUsers, ownerScopes, maxLifetime, defaultLifetime, defaultTier, origins } = fields;
  const trustedIssuers = fields.issuers.map(trustedIssuerOf);
  if (!readsAsLifetime(maxLifetime) || !readsAsLifetime(defaultLifetime)) {
    return undefined;
  }
  const readable = trustedIssuers.filter((issuer) => issuer !== undefined);
  if (readable.length < trustedIssuers.length) {
    return undefined;
  }
  const { brandName: name, color, logo } = fields;
  return {
    allowUsers,
    ownerScopes,
    defaultTier,
    origins,
    trustedIssuers: readable,
    ...lifetimeGiven("maxLifetime", maxLifetime),
    ...lifetimeGiven("defaultLifetime", defaultLifetime),
    ...(name !== "" || color !== "" || logo.length > 0 ? { branding: { name, color, logo } } : {}),
  };
}
