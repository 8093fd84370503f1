import { callerKey } from "../../domain/caller-context.js";
import type { RootKeyService } from "../../domain/root_key/service.js";
import { callContextKey, principalLabelKey } from "../call/call-context.js";
import type { RequestGate } from "../call/pipeline.js";
import { authorize } from "./authorize.js";
import { bearerToken } from "./bearer-token.js";

/**
 * What every rpc passes before its body is read: who calls (the root key in `Authorization`), and whether that key has the
 * scope that the rpc asks for.
 */
export function createAuthorityGate(rootKeys: RootKeyService): RequestGate {
  return async (context) => {
    const { requestId, clientAddress } = context.values.get(callContextKey);
    const token = bearerToken(context.requestHeader.get("authorization"));
    const principal = await rootKeys.authenticate(token, clientAddress, requestId);
    context.values.set(principalLabelKey, principal.actor);
    const denial = authorize(principal, context.method);
    if (denial !== undefined) {
      throw denial;
    }
    const { actor, scopes, projects } = principal;
    context.values.set(callerKey, { actor, scopes, projects, requestId, clientAddress });
  };
}
