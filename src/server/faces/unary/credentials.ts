import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Principal } from "../../../domain/root_key/model.js";
import type { RootCredential, RootKeyService } from "../../../domain/root_key/service.js";
import { presentedRootKey } from "../../authority/presented-root-key.js";

/** Who calls, as far as memory knows. */
export type RememberedCaller = (request: IncomingMessage) => Principal | undefined;

interface Presented {
  readonly header: string;
  readonly credential: RootCredential | undefined;
}

/**
 * The calls of a connection mostly present the same root key: its digest is kept beside the connection. Whether the key
 * works is asked of memory at each call.
 */
export function createRememberedCaller(rootKeys: RootKeyService): RememberedCaller {
  const lastOf = new WeakMap<Socket, Presented>();
  return ({ socket, headers }) => {
    const header = headers.authorization ?? "";
    let presented = lastOf.get(socket);
    if (presented?.header !== header) {
      const token = presentedRootKey(header);
      presented = { header, credential: token === undefined ? undefined : rootKeys.credentialOf(token) };
      lastOf.set(socket, presented);
    }
    return presented.credential && rootKeys.remembered(presented.credential);
  };
}
