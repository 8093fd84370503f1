import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Principal } from "../../domain/root_key/model.js";
import type { RootCredential, RootKeyService } from "../../domain/root_key/service.js";

/** Who calls, as far as memory knows. */
export type CredentialCache = (request: IncomingMessage) => Principal | undefined;

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
export function createCredentialCache(
  rootKeys: RootKeyService,
  name: string,
  tokenOf: (header: string) => string | undefined,
): CredentialCache {
  const lastOf = new WeakMap<Socket, Credentials>();
  return ({ socket, headers }) => {
    const header = String(headers[name] ?? "");
    let credentials = lastOf.get(socket);
    if (credentials?.header !== header) {
      const token = tokenOf(header);
      credentials = { header, credential: token === undefined ? undefined : rootKeys.credentialOf(token) };
      lastOf.set(socket, credentials);
    }
    return credentials.credential && rootKeys.remembered(credentials.credential);
  };
}
