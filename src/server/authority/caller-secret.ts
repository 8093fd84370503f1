import { containsSecret } from "../../domain/api_key/secret-format.js";

/** Shorter bearer tokens are not credentials of ours, and would be found in harmless text. */
const shortestToken = 16;

/** The credential of the header `Authorization`, good or bad; empty: none. */
export function bearerToken(authorization: string | null | undefined): string {
  return /^Bearer +(\S.*)$/i.exec(authorization ?? "")?.[1]?.trim() ?? "";
}

/**
 * Whether a secret stands in the text: one of our format, or the caller's own credential.
 *
 * @param token the latter, which is a secret whatever it looks like
 */
export function holdsSecret(text: string, token: string): boolean {
  return containsSecret(text) || (token.length >= shortestToken && text.includes(token));
}
