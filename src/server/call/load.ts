import type { Interceptor } from "@connectrpc/connect";
import { callerKey } from "../../domain/caller-context.js";
import { DatabaseBusyError } from "../../domain/overload/errors.js";
import { ConcurrencyLimiter } from "../../platform/concurrency-limiter.js";
import { type LoadClass, rpcRule } from "./rpc-table.js";

/** How many connections to the database management calls may hold. */
export interface ManagementLoad {
  readonly reports: number;
  /** Shared with what creations wait for. */
  readonly changes: ConcurrencyLimiter;
}

/** How many creations may wait for their transactions at once: many share one. */
const maxCreations = 256;

/**
 * Lets management calls at the database a few at a time, so that verification finds a connection however many of them
 * there are: listings and reports, which may each take seconds, on one share of the pool, and changes on another.
 * The others wait, those of each root key in turn, and after a while are told to come again; what has begun is finished, since a change may be
 * through by then.
 *
 * It stands inside of the deadline: a caller who has gone does not free a place before its statement has ended.
 */
export function limitLoad({ reports, changes }: ManagementLoad): Interceptor {
  const overloaded = () => new DatabaseBusyError();
  const limiters: Readonly<Record<LoadClass, ConcurrencyLimiter | undefined>> = {
    report: new ConcurrencyLimiter({ max: reports, overloaded }),
    change: changes,
    creation: new ConcurrencyLimiter({ max: maxCreations, overloaded }),
    verification: undefined,
  };
  return (next) => async (request) => {
    const limiter = request.stream ? undefined : limiters[rpcRule(request.method)?.load ?? "verification"];
    return await (limiter === undefined
      ? next(request)
      : limiter.run(() => next(request), request.contextValues.get(callerKey)?.actor));
  };
}
