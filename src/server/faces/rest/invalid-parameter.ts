import type { ConnectError } from "@connectrpc/connect";
import { InvalidFieldError } from "../../../domain/domain-error.js";
import { connectErrorOf } from "../../errors/domain-errors.js";
import { harmlessName } from "../../errors/harmless-name.js";

/** @param known what the route takes */
export function unknownParameter(name: string, known: readonly string[]): ConnectError {
  return invalidParameter(
    name,
    `is no parameter here; ${known.length === 0 ? "leave it out" : `use ${known.join(", ")}`}`,
  );
}

/** The error for a parameter or header that a route does not take, or not as it was sent. */
export function invalidParameter(name: string, rule: string): ConnectError {
  return connectErrorOf(new InvalidFieldError(harmlessName.test(name) ? name : "query", rule, "parameter"));
}
