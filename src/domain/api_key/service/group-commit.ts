import { setTimeout as delay } from "node:timers/promises";
import { coalesce } from "../../../platform/coalesce.js";
import { isFailedCommit, pipelinedTransaction } from "../../../platform/postgres/pipelined.js";
import { DomainError } from "../../domain-error.js";
import { DatabaseBusyError } from "../../overload/errors.js";
import { ApiKeyLimitReachedError, ApiKeyNameTakenError } from "../errors.js";
import type { IssuedApiKey } from "../model.js";
import { writeKey, writeKeys } from "./create-key.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import type { Draft, WrittenDraft } from "./draft.js";

type Dependencies = Pick<ApiKeyServiceDependencies, "db" | "store" | "audit" | "tiers" | "requestIds" | "changes">;

/** How many keys share a transaction: while the database writes so many, those before are answered and those after are made. */
const maxTogether = 20;
/** Two would wait for each other at the heads of trails. */
const transactionsAtOnce = 1;
/** For how long a transaction that keys share waits for one lock of others, in milliseconds. */
const maxLockWaitMs = 1_000;
/** For how long a transaction keeps those waiting who came meanwhile, in milliseconds. */
const maxHeldUpMs = 200;
/** How long a key may wait until its transaction begins, in milliseconds: after that its caller may have given up. */
const maxQueuedMs = 5_000;
/** For how long keys are written apart after a transaction that they shared has failed, in milliseconds. */
const apartMs = 1_000;

/** A key that is asked for, and since when, as `performance.now()` tells it. */
interface Asked {
  readonly draft: Draft;
  readonly since: number;
}

/** How a key is written, once it is known how: what the caller then waits for. */
type Outcome = () => Promise<IssuedApiKey>;

/**
 * Writes the keys that are asked for at the same time in one transaction, whatever their projects: they share its statements,
 * and its wait for the disk. Each has its own answer, or its own denial. What a statement fails by, other than the commit, such as a
 * lock that is not given, is nobody's answer: the keys are then written apart, each in a transaction of its own. A lost
 * connection, and whatever goes wrong at the commit, is everybody's. A request that has the name of one that was denied with it, and
 * a key that something else than a name kept from being written, are written apart, too.
 *
 * @throws DomainError when the key is denied, or has waited for 5 seconds and was not begun
 */
export function groupCommit(dependencies: Dependencies): (draft: Draft) => Promise<IssuedApiKey> {
  const { db, store, changes } = dependencies;
  let apartUntil = Number.NEGATIVE_INFINITY;

  const writeApart = async (asked: Asked): Promise<IssuedApiKey> => {
    requireRecent(asked);
    return changes.run(async () => {
      requireRecent(asked);
      return db.transaction().execute((tx) => writeKey(dependencies, tx, asked.draft));
    });
  };

  /** Those who come meanwhile are not held up by it for long. */
  const startApart = async (asked: readonly Asked[]): Promise<readonly Outcome[]> => {
    const written = asked.map(writeApart);
    const done = new AbortController();
    const heldUp = delay(maxHeldUpMs, undefined, { signal: done.signal }).catch(() => undefined);
    await Promise.race([Promise.allSettled(written), heldUp]);
    done.abort();
    return written.map((one) => () => one);
  };

  const writeTogether = async (asked: readonly Asked[]): Promise<readonly Outcome[]> => {
    const recent = asked.filter(isRecent);
    try {
      const written = await changes.run(() =>
        pipelinedTransaction(db, { lockTimeoutMs: maxLockWaitMs }, async (tx, begun) => {
          const drafts = recent.map(({ draft }) => draft);
          const { done, last } = await writeKeys(dependencies, tx, drafts, begun);
          return { result: done, last: last === undefined ? [] : [last] };
        }),
      );
      const outcomeOf = new Map(written.map((one) => [one.draft, one.outcome]));
      return asked.map((one) => {
        const outcome = outcomeOf.get(one.draft);
        if (
          outcome === undefined ||
          (outcome instanceof ApiKeyLimitReachedError && mayHaveRoom(one.draft, recent, outcomeOf))
        ) {
          return () => writeApart(one);
        }
        return outcome instanceof DomainError ? () => Promise.reject(outcome) : () => Promise.resolve(outcome);
      });
    } catch (error) {
      if (isFailedCommit(error) || !store.isStatementError(error)) {
        throw error;
      }
      apartUntil = performance.now() + apartMs;
      return asked.map((one) => () => writeApart(one));
    }
  };

  const join = coalesce<Asked, Outcome>((asked) => (asked.length > 1 ? writeTogether(asked) : startApart(asked)), {
    maxBatch: maxTogether,
    concurrency: transactionsAtOnce,
    slowMs: maxHeldUpMs,
  });
  return async (draft) => {
    const asked = { draft, since: performance.now() };
    return asked.since < apartUntil ? writeApart(asked) : (await join(asked))();
  };
}

function isRecent({ since }: Asked): boolean {
  return performance.now() - since <= maxQueuedMs;
}

/** @throws DatabaseBusyError */
function requireRecent(asked: Asked): void {
  if (!isRecent(asked)) {
    throw new DatabaseBusyError();
  }
}

/** The room that a key missed may have been kept for one of the same owner that was then not written, as for a name that is taken. */
function mayHaveRoom(
  { newKey }: Draft,
  together: readonly Asked[],
  outcomeOf: ReadonlyMap<Draft, WrittenDraft["outcome"]>,
): boolean {
  return together.some(({ draft }) => {
    const outcome = outcomeOf.get(draft);
    return (
      (outcome === undefined || outcome instanceof ApiKeyNameTakenError) &&
      draft.newKey.projectId === newKey.projectId &&
      draft.newKey.ownerId === newKey.ownerId
    );
  });
}
