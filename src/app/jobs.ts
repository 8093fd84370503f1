import type { Logger } from "pino";
import { ConcurrencyLimiter } from "../platform/concurrency-limiter.js";
import type { Services } from "./context.js";

const flushMs = 1_000;
const journalMs = 10_000;
/** How long a stop adds up the journal, which others do as well, or the next start. */
const lastJournalMs = 5_000;
const idleSharesMs = 250;
const purgeMs = 60_000;
const queueLookMs = 10_000;
const rootKeysLookMs = 10_000;
const partitionsMs = 6 * 60 * 60_000;

/** A step of housekeeping waits until those before it have ended, which takes hours at the most. */
const housekeepingTimeoutMs = 24 * 60 * 60_000;

/** Work that goes on beside the calls, until it is stopped. */
export interface Background {
  /** Stops it all, returns the shares of limits, writes the last of the usage, and adds up the journal. */
  stop(): Promise<void>;
}

/**
 * Writes usage once a second and adds up its journal, returns shares of limits that lie idle, empties deleted projects, forgets
 * what is over, and makes the partitions of the months to come.
 *
 * @param connections of the pool, for this: one writes usage, one adds up its journal, the others are for housekeeping
 */
export function startBackground(
  { projects, apiKeys, usage, nonces, rateLimits, propagation, notificationQueue, nextRootKeyEnd }: Services,
  connections: number,
  logger: Logger,
): Background {
  const limiter = new ConcurrencyLimiter({
    max: Math.max(1, connections - 2),
    queueTimeoutMs: housekeepingTimeoutMs,
    overloaded: () => new Error("the steps before it take too long"),
  });
  const housekeeping = (what: string, intervalMs: number, job: () => Promise<void>): Background =>
    repeat(what, intervalMs, () => limiter.run(job), logger);
  const jobs = [
    repeat("writing usage", flushMs, () => usage.flush(), logger),
    repeat("returning idle shares", idleSharesMs, async () => rateLimits.returnIdle(), logger),
    repeat("looking at the notification queue", queueLookMs, () => notificationQueue.look(), logger),
    repeat("looking for the next end of a root key", rootKeysLookMs, () => nextRootKeyEnd.look(), logger),
    housekeeping("purging deleted projects", purgeMs, () => projects.purgeDeleted(apiKeys.purge.bind(apiKeys))),
    housekeeping("purging old nonces", purgeMs, () => nonces.purge()),
    housekeeping("forgetting ended instances", purgeMs, () => propagation.forgetEndedInstances()),
    housekeeping("forgetting the limits of days that are over", partitionsMs, () => rateLimits.purge()),
    housekeeping("making partitions", partitionsMs, () => usage.makePartitions()),
    housekeeping("forgetting the batches of ended instances", partitionsMs, () => usage.forgetEndedInstances()),
  ];
  const stopping = new AbortController();
  const journal = repeat(
    "adding up the usage journal",
    journalMs,
    () => usage.addUpDueJournal(stopping.signal),
    logger,
  );
  return {
    async stop() {
      stopping.abort();
      const journalStopped = journal.stop();
      await Promise.all(jobs.map((job) => job.stop()));
      await rateLimits.returnAll();
      try {
        await usage.flushToJournal();
      } catch (error) {
        logger.error({ err: error }, "the last usage could not be written and is lost");
      }
      await journalStopped;
      try {
        await usage.addUpWholeJournal(AbortSignal.timeout(lastJournalMs));
      } catch (error) {
        logger.warn(
          { err: error },
          "the usage journal could not be added up; another instance does it, or the next start",
        );
      }
    },
  };
}

/** Runs a job every so often, never two at once. A job that fails is tried again at its next time. */
function repeat(what: string, intervalMs: number, job: () => Promise<void>, logger: Logger): Background {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const run = async () => {
    try {
      await job();
    } catch (error) {
      logger.warn({ err: error }, `${what} failed; it is tried again`);
    }
    if (!stopped) {
      timer = setTimeout(next, intervalMs).unref();
    }
  };
  const next = () => {
    running = run();
  };
  timer = setTimeout(next, Math.min(intervalMs, 1_000)).unref();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
