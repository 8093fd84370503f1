import type { ClientRequest } from "../gateway/client-request.js";
import { identityNames } from "../gateway/identity-headers.js";
import { headersWithKeys } from "../gateway/presented-keys.js";
import type { ContextRequirements } from "./requirements-in-context.js";

/** What Envoy is to take out of a request before it lets it pass. */
export interface Removed {
  readonly headers: readonly string[];
  readonly queryParameters: readonly string[];
}

const nothing: Removed = { headers: [], queryParameters: [] };

/**
 * What the API is not to see of a request that passes: the key, where the route says so, and headers that look like ours and are
 * not, with underscores too, which many frameworks take for dashes. Those that say whose key it is are overwritten, not taken out.
 */
export function removedFrom(client: ClientRequest, requirements: ContextRequirements): Removed {
  const made = madeUp(client.rawHeaders);
  if (!requirements.stripsKey) {
    return made.length === 0 ? nothing : { ...nothing, headers: made };
  }
  const { keyQuery } = requirements;
  return {
    headers: [...headersWithKeys(client, requirements), ...made],
    queryParameters: keyQuery === undefined ? [] : spellingsOf(keyQuery, client.urls),
  };
}

/** As the client has written the parameter, which may be percent-encoded: Envoy compares the names as they are. */
function spellingsOf(parameter: string, urls: readonly string[]): readonly string[] {
  const names = urls.flatMap((url) =>
    (url.split("#", 1)[0] ?? "")
      .split("?")
      .slice(1)
      .join("?")
      .split("&")
      .map((pair) => pair.split("=", 1)[0] ?? ""),
  );
  return [...new Set(names)].filter((name) => new URLSearchParams(`${name}=`).has(parameter));
}

function madeUp(rawHeaders: readonly string[]): readonly string[] {
  let names: Set<string> | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    if (looksLikeOurs.test(name) && !identityNames.has(name.toLowerCase())) {
      names = (names ?? new Set()).add(name.toLowerCase());
    }
  }
  return names === undefined ? [] : [...names];
}

const looksLikeOurs = /^x[-_]altalune[-_]/i;
