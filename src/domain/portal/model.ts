import { digestOf, hasSecretShape, hasValidChecksum, newSecret } from "../api_key/secret-format.js";
import { portalTokenPrefix } from "../principal/credential-shape.js";
import type { OwnerPermission } from "../principal/model.js";
import type { Project } from "../project/model.js";

/** What a client wants of a portal session. */
export interface PortalSessionRequest {
  readonly ownerId: string;
  readonly permissions: readonly OwnerPermission[];
  readonly ttlMs: number;
  /** Empty: none. */
  readonly returnUrl: string;
}

/** A session that is about to be written. */
export interface NewPortalSession extends PortalSessionRequest {
  readonly projectId: bigint;
  readonly codeDigest: Buffer;
}

/** Whose session it is, and until when. */
export interface PortalSession {
  readonly ownerId: string;
  readonly permissions: readonly OwnerPermission[];
  /** Empty: none. */
  readonly returnUrl: string;
  readonly expiresAt: Date;
}

/** A session whose code was exchanged for a token, which is here and nowhere else. */
export interface OpenedPortalSession extends PortalSession {
  readonly project: Project;
  readonly token: string;
}

/** For how long a code is good. */
export const codeTtlMs = 15 * 60_000;

/** For how long a session lasts whose client does not say. */
export const usualTtlMs = 60 * 60_000;

const codePrefix = "alt_code_";

/**
 * Codes and tokens are a secret of our format, a dot, and the public id of the project: that is where their digest is looked up.
 */
export function newCode(projectPublicId: string): string {
  return `${newSecret(codePrefix)}.${projectPublicId}`;
}

export function newToken(projectPublicId: string): string {
  return `${newSecret(portalTokenPrefix)}.${projectPublicId}`;
}

/** What is known of a code or token by its looks. */
export interface PresentedSecret {
  readonly projectPublicId: string;
  readonly digest: Buffer;
}

/** @returns undefined for what was never handed out as a code, as most that is made up */
export function readCode(text: string): PresentedSecret | undefined {
  return read(codePrefix, text);
}

/** @returns undefined for what was never handed out as a token */
export function readToken(text: string): PresentedSecret | undefined {
  return read(portalTokenPrefix, text);
}

function read(prefix: string, text: string): PresentedSecret | undefined {
  const [secret = "", projectPublicId = "", ...rest] = text.split(".");
  const isOurs = rest.length === 0 && secret.startsWith(prefix) && hasSecretShape(secret) && hasValidChecksum(secret);
  return isOurs ? { projectPublicId, digest: digestOf(text) } : undefined;
}
