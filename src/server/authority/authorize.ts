import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { CallerKindError, OwnerPermissionMissingError } from "../../domain/principal/errors.js";
import type { Principal, PrincipalKind } from "../../domain/principal/model.js";
import { EveryProjectRequiredError, PermissionMissingError } from "../../domain/root_key/errors.js";
import { missingScopes } from "../../domain/scope.js";
import { kindsOf, rpcRule } from "../call/rpc-table.js";

/** Why somebody may not call an rpc; undefined: they may. An rpc that asks for nothing is closed. */
export function authorize(principal: Principal, method: DescMethod): Error | undefined {
  const rule = rpcRule(method);
  if (rule === undefined) {
    return new ConnectError("this rpc is closed", Code.PermissionDenied);
  }
  const kinds = kindsOf(rule);
  if (!kinds.includes(principal.kind)) {
    return new CallerKindError(kinds.map((kind) => takers[kind]).join(" and "));
  }
  if (principal.kind === "owner") {
    const { permission } = rule;
    return permission === undefined || principal.permissions.has(permission)
      ? undefined
      : new OwnerPermissionMissingError(permission);
  }
  const scope = rule.scope ?? rule.tellsMore;
  if (scope !== undefined && missingScopes(principal.scopes, [scope]).length > 0) {
    return new PermissionMissingError(scope);
  }
  return rule.everyProject && principal.projects !== undefined ? new EveryProjectRequiredError() : undefined;
}

const takers: Readonly<Record<PrincipalKind, string>> = { root_key: "root keys", user: "users", owner: "owners" };
