import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { EveryProjectRequiredError, PermissionMissingError } from "../../domain/root_key/errors.js";
import type { Principal } from "../../domain/root_key/model.js";
import { missingScopes } from "../../domain/scope.js";
import { requirementOf } from "./required-scopes.js";

/** Why a root key may not call an rpc; undefined: it may. An rpc that asks for nothing is closed. */
export function refusalFor({ scopes, projects }: Principal, method: DescMethod): Error | undefined {
  const requirement = requirementOf(method);
  if (requirement === undefined) {
    return new ConnectError("this rpc is closed", Code.PermissionDenied);
  }
  if (missingScopes(scopes, [requirement.scope]).length > 0) {
    return new PermissionMissingError(requirement.scope);
  }
  return requirement.everyProject && projects !== undefined ? new EveryProjectRequiredError() : undefined;
}
