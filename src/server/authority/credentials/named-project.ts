import type { CredentialedRequest } from "./resolver.js";

export const projectHeader = "x-altalune-project-id";

/** The projects that a request names beside its credential, in a header or in the query of its route, each once. */
export function namedProjects({ headers, url }: CredentialedRequest): readonly string[] {
  const query = URL.canParse(url) ? new URL(url).searchParams.getAll("project_id") : [];
  const header = headers.get(projectHeader);
  return [...new Set([...(header === null ? [] : [header.trim()]), ...query])];
}
