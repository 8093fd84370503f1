import { containsSecret } from "../../domain/api_key/secret-format.js";

/** Shorter bearer tokens are not credentials of ours, and would be found in harmless text. */
const shortestToken = 16;

/** Whatever stands in the header `Authorization` behind Bearer, good or bad; empty: nothing. What is no root key is a secret all the same. */
export function presentedCredential(authorization: string | null | undefined): string {
  return /^Bearer +(\S.*)$/i.exec(authorization ?? "")?.[1]?.trim() ?? "";
}

/** How much of a request is looked at closely: it takes milliseconds. Metadata of the largest size has room for 160. */
const maxCandidates = 1_000;

/**
 * Whether a secret stands in one of a request's texts: one of our format, or the caller's own credential. Where more looks like
 * one than can be looked at, it counts as one.
 *
 * @param token the caller's credential, which is a secret whatever it looks like
 */
export function createSecretSearch(token: string): (text: string) => boolean {
  const effort = { candidates: maxCandidates };
  return (text) => containsSecret(text, effort) || (token.length >= shortestToken && text.includes(token));
}
