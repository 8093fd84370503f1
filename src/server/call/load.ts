import type { Interceptor } from "@connectrpc/connect";
import { DatabaseBusyError, DatabaseSilentError } from "../../domain/overload/errors.js";
import { ConcurrencyLimiter } from "../../platform/concurrency-limiter.js";
import { fulfilledWithin } from "../../platform/timeout.js";
import { principalLabelKey } from "./call-context.js";
import { isChange, type LoadClass, rpcRule } from "./rpc-table.js";
import { Walks } from "./walks.js";

/** How many connections to the database management calls may hold. */
export interface ManagementLoad {
  readonly reports: number;
  /** Shared with what creations wait for. */
  readonly changes: ConcurrencyLimiter;
  /** Whether the database answers at all; undefined: it does. */
  readonly beats?: () => Promise<boolean>;
  /** Told of the changes that were made, and of those that were not. */
  readonly onChange?: { succeeded(): void; failed(error: unknown): void };
}

/** How long a call waits for the database before that is asked whether it hangs, and how often from then on, in milliseconds. */
const patientMs = 4_000;
const askAgainMs = 1_000;

/** How many creations may wait for their transactions at once: many share one. */
const maxCreations = 256;

/**
 * Lets management calls at the database a few at a time, so that verification finds a connection however many of them
 * there are: listings and reports, which may each take seconds, on one share of the pool, and changes on another.
 * The others wait, those of each root key in turn, and after a while are told to come again; what has begun is finished,
 * since a change may be through by then.
 *
 * A call that has waited for five seconds on a database that answers nothing is told so; what it began may still come through.
 *
 * It stands inside of the deadline: a caller who has gone does not free a place before its statement has ended.
 */
export function limitLoad({ reports, changes, beats, onChange }: ManagementLoad): Interceptor {
  const overloaded = () => new DatabaseBusyError();
  // Whoever lists without end leaves a place, and time on the event loop, to others.
  const maxPerActor = Math.max(1, Math.ceil(reports / 2));
  const reportLimiter = new ConcurrencyLimiter({ max: reports, maxPerActor, overloaded });
  const walks = new Walks(reportLimiter, reports);
  const limiters: Readonly<Record<Exclude<LoadClass, "walk">, ConcurrencyLimiter | undefined>> = {
    report: reportLimiter,
    change: changes,
    creation: new ConcurrencyLimiter({ max: maxCreations, overloaded }),
    verification: undefined,
  };
  return (next) => async (request) => {
    if (request.stream) {
      return await next(request);
    }
    const load = rpcRule(request.method)?.load ?? "verification";
    const caller = request.contextValues.get(principalLabelKey) || undefined;
    const go = () => next(request);
    const called =
      load === "walk" ? walks.run(go, caller ?? "", request.signal) : (limiters[load]?.run(go, caller) ?? go());
    if (onChange !== undefined && isChange(request.method)) {
      called.then(
        () => onChange.succeeded(),
        (error: unknown) => onChange.failed(error),
      );
    }
    return await (beats === undefined ? called : unlessSilent(called, beats));
  };
}

/** @throws DatabaseSilentError */
async function unlessSilent<Result>(called: Promise<Result>, beats: () => Promise<boolean>): Promise<Result> {
  let waitMs = patientMs;
  while (!(await fulfilledWithin(called, waitMs))) {
    // A question that fails is an answer: the call will hear the same.
    if (!(await beats().catch(() => true))) {
      called.catch(() => undefined);
      throw new DatabaseSilentError();
    }
    waitMs = askAgainMs;
  }
  return called;
}
