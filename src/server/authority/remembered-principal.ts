import type { RootKeyPrincipal } from "../../domain/root_key/model.js";
import type { RootCredential, RootKeyService } from "../../domain/root_key/service.js";
import type { HeadedRequest } from "../http/http.js";
import { mayHoldSession } from "./session-cookie.js";

/** Who calls, as far as memory knows. */
export type RememberedPrincipal = (request: HeadedRequest) => RootKeyPrincipal | undefined;

interface Credentials {
  readonly header: string;
  readonly credential: RootCredential | undefined;
}

/**
 * The calls of a connection mostly present the same root key: its digest is kept beside the connection. Whether the key
 * works is asked of memory at each call.
 *
 * @param name of the header that the root key stands in
 * @param tokenOf the root key in what that header says; undefined: none
 */
export function createRememberedPrincipal(
  rootKeys: RootKeyService,
  name: string,
  tokenOf: (header: string) => string | undefined,
): RememberedPrincipal {
  const lastOf = new WeakMap<object, Credentials>();
  return (request) => {
    const { headers } = request;
    // Two credentials: who looks at all kinds refuses them. A gateway's own header comes beside its client's cookies.
    if (name === "authorization" && mayHoldSession(headers.cookie)) {
      return undefined;
    }
    const connection = connectionOf(request);
    const header = String(headers[name] ?? "");
    let credentials = lastOf.get(connection);
    if (credentials?.header !== header) {
      const token = tokenOf(header);
      credentials = { header, credential: token === undefined ? undefined : rootKeys.credentialOf(token) };
      lastOf.set(connection, credentials);
    }
    return credentials.credential && rootKeys.remembered(credentials.credential);
  };
}

/** Over HTTP/2 a request's socket is an object of its own. */
function connectionOf(request: HeadedRequest): object {
  return request.stream?.session ?? request.socket ?? request;
}
