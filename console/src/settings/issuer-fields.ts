import type { TrustedIssuer, TrustedIssuerSchema } from "@altalune/sdk/messages";
import type { JsonObject, MessageInitShape } from "@bufbuild/protobuf";

/** An issuer as a form has it. */
export interface IssuerFields {
  /** Tells it from the others on the page. */
  readonly id: string;
  readonly issuer: string;
  readonly audience: string;
  /** Of its keys only what is chosen here counts. */
  readonly keysBy: "address" | "given";
  readonly jwksUri: string;
  /** JSON. */
  readonly jwks: string;
  readonly ownerClaim: string;
  readonly algorithms: string[];
}

export function newIssuer(): IssuerFields {
  const empty = { issuer: "", audience: "", jwksUri: "", jwks: "", ownerClaim: "", algorithms: [] };
  return { id: crypto.randomUUID(), keysBy: "address", ...empty };
}

export function issuerFieldsOf({
  issuer,
  audience,
  jwksUri,
  jwks,
  ownerClaim,
  algorithms,
}: TrustedIssuer): IssuerFields {
  return {
    id: crypto.randomUUID(),
    issuer,
    audience,
    keysBy: jwks === undefined ? "address" : "given",
    jwksUri,
    jwks: jwks === undefined ? "" : JSON.stringify(jwks, null, 2),
    ownerClaim,
    algorithms,
  };
}

/** As a request has it; undefined: its key set is none. */
export function trustedIssuerOf(fields: IssuerFields): MessageInitShape<typeof TrustedIssuerSchema> | undefined {
  const { issuer, audience, keysBy, jwksUri, ownerClaim, algorithms } = fields;
  const named = { issuer, audience, ownerClaim, algorithms };
  if (keysBy === "address") {
    return { ...named, jwksUri };
  }
  const jwks = keySetOf(fields.jwks);
  return jwks && { ...named, jwks };
}

/** Undefined: it is no object in JSON. What else it must be, the service says. */
export function keySetOf(text: string): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? (parsed as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
