import { nanoid } from "nanoid";
import { createSecretSearch, presentedCredential } from "../authority/caller-secret.js";

/** The caller's own id where it is harmless to log and to send back, else a new one. */
export function requestIdOf(header: string | readonly string[] | undefined, authorization: string | undefined): string {
  return requestIdBeside(header, [presentedCredential(authorization)]);
}

/** @param secrets what the caller has presented, in whatever header */
export function requestIdBeside(header: string | readonly string[] | undefined, secrets: readonly string[]): string {
  const given = typeof header === "string" ? header : undefined;
  if (
    given !== undefined &&
    /^[A-Za-z0-9._-]{1,64}$/.test(given) &&
    !secrets.some((secret) => createSecretSearch(secret)(given))
  ) {
    return given;
  }
  return nanoid();
}
