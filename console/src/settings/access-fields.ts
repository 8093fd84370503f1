import type { OwnerAccess, OwnerAccessSchema } from "@altalune/sdk/messages";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Duration } from "@bufbuild/protobuf/wkt";
import { isWholeNumber } from "../form/whole-number.ts";
import { type LifetimeUnit, lifetimeOf, lifetimeParts } from "../portal/lifetime.ts";
import { type IssuerFields, issuerFieldsOf, trustedIssuerOf } from "./issuer-fields.ts";

/** A time as it is typed; an empty count is none. */
export interface LifetimeFields {
  readonly count: string;
  readonly unit: LifetimeUnit;
}

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
  if (!isLifetime(maxLifetime) || !isLifetime(defaultLifetime)) {
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
    ...given("maxLifetime", maxLifetime),
    ...given("defaultLifetime", defaultLifetime),
    ...(name !== "" || color !== "" || logo.length > 0 ? { branding: { name, color, logo } } : {}),
  };
}

/** Whether it is a time that the contract has room for, or none. */
export function isLifetime({ count, unit }: LifetimeFields): boolean {
  return isWholeNumber(count) && isWholeNumber(`${lifetimeOf(Number(count), unit).seconds}`);
}

function lifetimeFieldsOf(lifetime: Duration | undefined): LifetimeFields {
  if (lifetime === undefined) {
    return { count: "", unit: "days" };
  }
  const { count, unit } = lifetimeParts(lifetime);
  return { count: `${count}`, unit };
}

function given<Name extends string>(name: Name, { count, unit }: LifetimeFields) {
  return count.trim() === "" ? {} : { [name]: lifetimeOf(Number(count), unit) };
}
