import { createLocalJWKSet, decodeJwt, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import type { Author } from "../caller.js";
import { DomainError } from "../domain-error.js";
import { OwnerCredentialInvalidError } from "../principal/errors.js";
import { type OwnerPrincipal, ownerPermissions, ownerPrincipal } from "../principal/model.js";
import type { Project } from "../project/model.js";
import { type TrustedIssuer, usualAlgorithms } from "../project/owner-access.js";
import type { ProjectService } from "../project/service.js";
import { FailedAuthentications } from "../root_key/failures.js";
import type { FindKey, KeySets } from "./key-sets.js";

/** How far two clocks may be apart, in seconds. */
const clockSkew = 5;
const maxOwnerLength = 128;

export interface TrustedIssuerServiceDependencies {
  readonly projects: ProjectService;
  readonly keySets: KeySets;
}

/** Owners who come with a JSON Web Token of an issuer that their project trusts. */
export class TrustedIssuerService {
  readonly #projects: ProjectService;
  readonly #keySets: KeySets;
  readonly #failures = new FailedAuthentications();

  constructor({ projects, keySets }: TrustedIssuerServiceDependencies) {
    this.#projects = projects;
    this.#keySets = keySets;
  }

  /**
   * Who holds a token. One that is good is heard also when its address has failed too often, which others may have done there.
   *
   * @param projectPublicId of the project that the call is for, which another may trust the same issuer as; undefined: none
   * @throws OwnerCredentialInvalidError
   * @throws IssuerKeysUnavailableError
   * @throws TooManyFailuresError
   */
  async ownerOf(
    token: string,
    projectPublicId: string | undefined,
    { clientAddress }: Omit<Author, "actor">,
  ): Promise<OwnerPrincipal> {
    return this.#failures.hear(
      clientAddress,
      () => this.#find(token, projectPublicId),
      () => new OwnerCredentialInvalidError(),
    );
  }

  async #find(token: string, projectPublicId: string | undefined): Promise<OwnerPrincipal | undefined> {
    const project = projectPublicId === undefined ? undefined : await this.#projects.named(projectPublicId);
    const ownerId = project && (await this.#ownerIn(project, token));
    return project && ownerId !== undefined
      ? ownerPrincipal({ project, ownerId, permissions: new Set(ownerPermissions) })
      : undefined;
  }

  /** @returns undefined: the project trusts no such token */
  async #ownerIn({ ownerAccess }: Project, token: string): Promise<string | undefined> {
    const claimed = claimsOf(token);
    const issuer = ownerAccess?.trustedIssuers.find(
      (trusted) => trusted.issuer === claimed?.iss && audiencesOf(claimed).includes(trusted.audience),
    );
    const claims = issuer && (await this.#verified(issuer, token));
    const ownerId = claims?.[issuer?.ownerClaim || "sub"];
    return typeof ownerId === "string" && isOwnerId(ownerId) ? ownerId : undefined;
  }

  /** @returns undefined: the token is not what it says */
  async #verified(issuer: TrustedIssuer, token: string): Promise<JWTPayload | undefined> {
    const { keys } = issuer;
    if ("jwks" in keys) {
      return verify(issuer, token, createLocalJWKSet(keys.jwks as unknown as JSONWebKeySet)).catch(refused);
    }
    try {
      return await verify(issuer, token, await this.#keySets.find(keys.jwksUri));
    } catch (error) {
      // Its issuer may have other keys by now, under new names or the old ones.
      const mayBeOthers =
        error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
      const anew = mayBeOthers ? await this.#keySets.findAnew(keys.jwksUri) : undefined;
      return anew === undefined ? refused(error) : verify(issuer, token, anew).catch(refused);
    }
  }
}

async function verify(issuer: TrustedIssuer, token: string, findKey: FindKey): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, findKey, {
    issuer: issuer.issuer,
    audience: issuer.audience,
    algorithms: [...(issuer.algorithms.length > 0 ? issuer.algorithms : usualAlgorithms)],
    requiredClaims: ["exp"],
    clockTolerance: clockSkew,
  });
  return payload;
}

/** Whatever is wrong with a token, or with its issuer's keys, is not told. */
function refused(error: unknown): undefined {
  if (error instanceof DomainError) {
    throw error;
  }
}

/** What a token says, true or not. */
function claimsOf(token: string): JWTPayload | undefined {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

function audiencesOf({ aud }: JWTPayload): readonly unknown[] {
  return Array.isArray(aud) ? aud : [aud];
}

/** As an owner id of a request must be. */
function isOwnerId(text: string): boolean {
  return text !== "" && [...text].length <= maxOwnerLength && !text.includes("\0") && text.isWellFormed();
}
