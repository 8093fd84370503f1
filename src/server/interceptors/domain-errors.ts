import type { Interceptor } from "@connectrpc/connect";
import { DomainError } from "../../domain/domain-error.js";
import { connectErrorOf } from "../domain-errors.js";

/** Turns the domains' refusals into errors of the rpc: the one place where they meet. */
export const domainErrors: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (error) {
    throw error instanceof DomainError ? connectErrorOf(error) : error;
  }
};
