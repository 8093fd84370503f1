import type { DescMethod } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { AuditService } from "../../../gen/altalune/v1/audit_pb.js";
import { UsageService } from "../../../gen/altalune/v1/usage_pb.js";
import { VerificationService } from "../../../gen/altalune/v1/verification_pb.js";
import { DatabaseBusyError } from "../../domain/overload/errors.js";
import { ConcurrencyLimiter } from "../../platform/concurrency-limiter.js";

/** Connections to the database that management calls may hold. */
export interface ManagementBudget {
  readonly reports: number;
  readonly changes: number;
}

/**
 * Lets management calls at the database a few at a time, so that verification finds a connection however many of them
 * there are: listings and reports, which may each take seconds, on one share of the pool, and changes on another.
 * The others wait, and after a while are told to come again; what has begun is finished, since a change may be
 * through by then.
 *
 * It stands inside of the deadline: a caller who has gone does not free a place before its statement has ended.
 */
export function takingTurns({ reports, changes }: ManagementBudget): Interceptor {
  const overloaded = () => new DatabaseBusyError();
  const reportLimiter = new ConcurrencyLimiter({ max: reports, overloaded });
  const changeLimiter = new ConcurrencyLimiter({ max: changes, overloaded });
  return (next) => async (request) => {
    if (request.stream || request.service.typeName === VerificationService.typeName) {
      return await next(request);
    }
    return await (isReport(request.method) ? reportLimiter : changeLimiter).run(() => next(request));
  };
}

/** Whether an rpc reads as much as there is. By name, so that a listing to come is among them. */
function isReport({ name, parent }: DescMethod): boolean {
  return (
    name.startsWith("Query") || parent.typeName === UsageService.typeName || parent.typeName === AuditService.typeName
  );
}
