import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { EveryProjectRequiredError, PermissionMissingError } from "../../domain/root_key/errors.js";
import type { Principal } from "../../domain/root_key/model.js";
import { missingScopes } from "../../domain/scope.js";
import { rpcRule } from "../call/rpc-table.js";

/** Why a root key may not call an rpc; undefined: it may. An rpc that asks for nothing is closed. */
export function authorize({ scopes, projects }: Principal, method: DescMethod): Error | undefined {
  const rule = rpcRule(method);
  if (rule === undefined) {
    return new ConnectError("this rpc is closed", Code.PermissionDenied);
  }
  if (missingScopes(scopes, [rule.scope]).length > 0) {
    return new PermissionMissingError(rule.scope);
  }
  return rule.everyProject && projects !== undefined ? new EveryProjectRequiredError() : undefined;
}
