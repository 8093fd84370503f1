import { setTimeout as delay } from "node:timers/promises";
import { coalesce } from "../../../platform/coalesce.js";
import { DomainError } from "../../domain-error.js";
import { ApiKeyLimitReachedError } from "../errors.js";
import type { IssuedApiKey } from "../model.js";
import { type Draft, type WrittenDraft, writeKey, writeKeys } from "./create-key.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";

type Dependencies = Pick<ApiKeyServiceDependencies, "db" | "store" | "audit" | "tiers" | "changes">;

/** How many keys share a transaction. */
const maxTogether = 64;
/** While one waits for the database, the keys of the other are made or answered. */
const transactionsAtOnce = 2;
/** For how long others' locks may hold up a transaction that keys share, and those that wait for it, in milliseconds. */
const maxHeldUpMs = 200;
/** For how long keys are written apart after a transaction that they shared has failed, in milliseconds. */
const apartMs = 1_000;

/** How a key is written, once it is known how: what the caller then waits for. */
type Outcome = () => Promise<IssuedApiKey>;

/**
 * Writes the keys that are asked for at the same time in one transaction, whatever their projects: they share its statements,
 * and its wait for the disk. Each has its own answer, or its own denial. What goes wrong before the commit, such as a lock
 * that is not given, is nobody's answer: the keys are then written apart, each in a transaction of its own.
 *
 * @throws DomainError when the key is denied
 */
export function groupCommit(dependencies: Dependencies): (draft: Draft) => Promise<IssuedApiKey> {
  const { db, store, changes } = dependencies;
  let apartUntil = 0;

  const writeApart = (draft: Draft): Promise<IssuedApiKey> =>
    changes.run(() => db.transaction().execute((tx) => writeKey(dependencies, tx, draft)), draft.caller.actor);

  const outcomeOf = ({ draft, outcome }: WrittenDraft): Outcome => {
    // The room that it missed may have been kept for a key of the same transaction whose name was then found taken.
    if (outcome instanceof ApiKeyLimitReachedError) {
      return () => writeApart(draft);
    }
    return outcome instanceof DomainError ? () => Promise.reject(outcome) : () => Promise.resolve(outcome);
  };

  /** Those who come meanwhile do not wait for it longer than for a shared transaction. */
  const startApart = async (drafts: readonly Draft[]): Promise<readonly Outcome[]> => {
    const written = drafts.map(writeApart);
    const done = new AbortController();
    const heldUp = delay(maxHeldUpMs, undefined, { signal: done.signal }).catch(() => undefined);
    await Promise.race([Promise.allSettled(written), heldUp]);
    done.abort();
    return written.map((one) => () => one);
  };

  const writeTogether = async (drafts: readonly Draft[]): Promise<readonly Outcome[]> => {
    let committing = false;
    try {
      const outcomes = await changes.run(() =>
        db.transaction().execute(async (tx) => {
          await store.limitLockWaits(tx, maxHeldUpMs);
          const written = await writeKeys(dependencies, tx, drafts);
          committing = true;
          return written;
        }),
      );
      return outcomes.map(outcomeOf);
    } catch (error) {
      if (committing || error instanceof DomainError) {
        throw error;
      }
      apartUntil = Date.now() + apartMs;
      return drafts.map((draft) => () => writeApart(draft));
    }
  };

  const join = coalesce<Draft, Outcome>((drafts) => (drafts.length > 1 ? writeTogether(drafts) : startApart(drafts)), {
    maxBatch: maxTogether,
    concurrency: transactionsAtOnce,
  });
  return async (draft) => (Date.now() < apartUntil ? writeApart(draft) : (await join(draft))());
}
