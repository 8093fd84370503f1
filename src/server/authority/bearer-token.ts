const bearer = /^Bearer +([\x21-\x7e]+) *$/i;

/** The root key of an Authorization header; undefined when there is none. */
export function bearerToken(authorization: string | null | undefined): string | undefined {
  return bearer.exec(authorization ?? "")?.[1];
}
