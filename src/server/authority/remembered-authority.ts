import type { DescMethod } from "@bufbuild/protobuf";
import type { RootKeyPrincipal } from "../../domain/root_key/model.js";
import { authorize } from "./authorize.js";

/** Whether root keys may call an rpc, found out once for each that is remembered. */
export function createAuthorized(method: DescMethod): (principal: RootKeyPrincipal) => boolean {
  const authorized = new WeakMap<RootKeyPrincipal, boolean>();
  return (principal) => {
    let allowed = authorized.get(principal);
    if (allowed === undefined) {
      allowed = authorize(principal, method) === undefined;
      authorized.set(principal, allowed);
    }
    return allowed;
  };
}
