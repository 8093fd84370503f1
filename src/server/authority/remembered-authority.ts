import type { DescMethod } from "@bufbuild/protobuf";
import type { Principal } from "../../domain/root_key/model.js";
import { authorize } from "./authorize.js";

/** Whether root keys may call an rpc, found out once for each that is remembered. */
export function createAuthorized(method: DescMethod): (principal: Principal) => boolean {
  const authorized = new WeakMap<Principal, boolean>();
  return (principal) => {
    let allowed = authorized.get(principal);
    if (allowed === undefined) {
      allowed = authorize(principal, method) === undefined;
      authorized.set(principal, allowed);
    }
    return allowed;
  };
}
