import type { ConnectError } from "@connectrpc/connect";
import { InvalidFieldError } from "../../../domain/domain-error.js";
import { connectErrorOf } from "../../errors/domain-errors.js";

/** A misspelt name, which is shown; a secret is longer. */
const harmlessName = /^[A-Za-z_][A-Za-z0-9_-]{0,30}$/;

/** The error for a parameter or header that a route does not take, or not as it was sent. */
export function invalidParameter(name: string, rule: string): ConnectError {
  return connectErrorOf(new InvalidFieldError(harmlessName.test(name) ? name : "query", rule));
}
