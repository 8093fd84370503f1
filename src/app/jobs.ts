import type { Logger } from "pino";
import { ConcurrencyLimiter } from "../platform/concurrency-limiter.js";
import type { StepRunner } from "../platform/steps.js";
import { within } from "../platform/timeout.js";
import type { Services } from "./context.js";
import type { JobRunner } from "./job-runner.js";

const flushMs = 1_000;
const usedValuesMs = 1_000;
const rotationMs = 10_000;
const journalMs = 10_000;
/** How long a stop adds up the journal, which others do as well, or the next start. */
const lastJournalMs = 5_000;
/** How long a stop waits for the steps that are under way, and for jobs from the queue: others do what is left. */
const lastStepsMs = 8_000;
const sharesMs = 250;
const purgeMs = 60_000;
const sessionsMs = 15_000;
const queueLookMs = 10_000;
const readinessLookMs = 10_000;
const exposuresMs = 10_000;
const sourcesMs = 5_000;
const oddUseMs = 1_000;
const rootKeysLookMs = 10_000;
const dueMs = 1_000;
const dueAtOnce = 500;
const mailsMs = 2_000;
/** Few, since a process hands over a few at once. */
const mailsAtOnce = 20;
const runnerLookMs = 10_000;
const partitionsMs = 6 * 60 * 60_000;

/** How long a step waits for those before it, of which each ends within half a minute. */
const stepTimeoutMs = 10 * 60_000;

/** Work that goes on beside the calls, until it is stopped. */
export interface Background {
  /**
   * Stops it all, returns the shares of limits, writes the last of the usage, and adds up the journal. Neither waits for the other, what
   * fails keeps nothing else from being done, and nothing is waited for without end.
   */
  stop(): Promise<void>;
}

/** @param connections that jobs may hold at once */
export function createJobLimiter(connections: number): ConcurrencyLimiter {
  return new ConcurrencyLimiter({
    max: connections,
    queueTimeoutMs: stepTimeoutMs,
    overloaded: () => new Error("the steps before it take too long"),
  });
}

export interface BackgroundOptions {
  readonly services: Services;
  /** Lets the steps of jobs at the database, those of each job in turn. */
  readonly limiter: ConcurrencyLimiter;
  /** Looks whether the instance can do its work, for its metrics: nobody else may ask. */
  readonly look: () => Promise<unknown>;
  /** Undefined: this process runs no jobs from the queue. */
  readonly runner: JobRunner | undefined;
  readonly logger: Logger;
}

/**
 * Writes usage once a second and adds up its journal, rotates keys that are due, returns shares of limits that lie idle, empties
 * deleted projects, forgets what is over, and makes the partitions of the months to come.
 */
export function startBackground({ services, limiter, look, runner, logger }: BackgroundOptions): Background {
  const {
    projects,
    apiKeys,
    usage,
    nonces,
    requestIds,
    portal,
    rateLimits,
    propagation,
    notificationQueue,
    nextRootKeyEnd,
    events,
    deliveries,
    notices,
    mails,
    jobQueue,
  } = services;
  const { users, sessions, passkeys, exposures, oddUse } = services;
  const stopping = new AbortController();
  const inSteps = (what: string, intervalMs: number, job: (run: StepRunner) => Promise<void>): Repeated =>
    repeat(what, intervalMs, () => job((step) => inTurn(limiter, what, step, stopping.signal)), logger);
  const inOneStep = (what: string, intervalMs: number, job: () => Promise<void>): Repeated =>
    inSteps(what, intervalMs, (run) => run(job));
  const inStepsWhileRunning = (
    what: string,
    intervalMs: number,
    job: (run: StepRunner) => Promise<unknown>,
  ): Repeated =>
    inSteps(what, intervalMs, async (run) => {
      if (runner?.isRunning === true) {
        await job(run);
      }
    });
  const whileRunning = (what: string, intervalMs: number, job: () => Promise<unknown>): Repeated =>
    inStepsWhileRunning(what, intervalMs, (run) => run(job));
  const jobs = [
    inSteps("writing usage", flushMs, (run) => usage.flush(run)),
    repeat("tending shares of limits", sharesMs, async () => rateLimits.tendShares(), logger),
    repeat("looking at the notification queue", queueLookMs, () => notificationQueue.look(), logger),
    repeat("looking at what can be done", readinessLookMs, async () => void (await look()), logger),
    inOneStep("looking for the next end of a root key", rootKeysLookMs, () => nextRootKeyEnd.look()),
    inSteps("dealing with reports of exposed keys", exposuresMs, (run) => exposures.treatDue(run)),
    inSteps("writing where keys are used from", sourcesMs, (run) => oddUse.flush(run)),
    inSteps("looking for odd use of keys", oddUseMs, (run) => oddUse.look(run)),
    inSteps("forgetting old sources of keys", purgeMs, (run) => oddUse.purge(run)),
    inSteps("purging deleted projects", purgeMs, (run) =>
      projects.purgeDeleted(
        async (tx, id) =>
          (await apiKeys.purge(tx, id)) + (await events.purgeProject(tx, id)) + (await notices.purgeProject(tx, id)),
        run,
      ),
    ),
    inSteps("forgetting old events", purgeMs, (run) => events.purge(run)),
    ...(mails === undefined ? [] : [inSteps("forgetting old notices", purgeMs, (run) => notices.purge(run))]),
    ...(runner === undefined
      ? []
      : [
          repeat("running jobs", runnerLookMs, () => runner.look(), logger),
          whileRunning("adding jobs for deliveries that are due", dueMs, () => deliveries.addDueJobs(dueAtOnce)),
          ...(mails === undefined
            ? []
            : [
                inStepsWhileRunning("putting notices into mails", mailsMs, (run) => notices.addMails(run)),
                whileRunning("adding jobs for mails that are due", mailsMs, () => mails.addDueJobs(mailsAtOnce)),
              ]),
          whileRunning("looking at the queue of jobs", queueLookMs, () => jobQueue.look()),
          whileRunning("giving back the jobs of processes that have ended", purgeMs, () => jobQueue.releaseAbandoned()),
        ]),
    inSteps("purging old nonces", purgeMs, (run) => nonces.purge(run)),
    inSteps("purging old request ids", purgeMs, (run) => requestIds.purge(run)),
    inSteps("purging old portal sessions", purgeMs, (run) => portal.purge(run)),
    inOneStep("writing which sessions were used", sessionsMs, () => sessions.flushTouched()),
    inSteps("forgetting sessions that are over", purgeMs, (run) => sessions.purge(run)),
    inSteps("forgetting invitations that have ended", purgeMs, (run) => users.purge(run)),
    inSteps("forgetting the used challenges of passkeys", purgeMs, (run) => passkeys.purge(run)),
    inSteps("rotating keys that are due", rotationMs, (run) => apiKeys.rotateDue(run)),
    inSteps("reminding of new values that nobody has claimed", rotationMs, (run) => apiKeys.remindOfUnclaimed(run)),
    inSteps("forgetting new values of keys that were used", usedValuesMs, (run) => apiKeys.dropUsedValues(run)),
    inSteps("forgetting new values of keys that nobody can claim", rotationMs, (run) => apiKeys.dropEndedValues(run)),
    inOneStep("forgetting ended instances", purgeMs, () => propagation.forgetEndedInstances()),
    inSteps("forgetting the limits of days that are over", partitionsMs, (run) => rateLimits.purge(run)),
    inOneStep("making partitions", partitionsMs, () => usage.makePartitions()),
    inOneStep("forgetting the batches of ended instances", partitionsMs, () => usage.forgetEndedInstances()),
  ];
  const journal = inSteps("adding up the usage journal", journalMs, (run) =>
    usage.addUpDueJournal(stopping.signal, run),
  );
  /** Does what is left to do at the end. @param lost what it means that it could not be done */
  const atLast = async (what: () => Promise<unknown>, lost: string, level: "warn" | "error" = "warn") => {
    try {
      await what();
    } catch (error) {
      logger[level]({ err: error }, lost);
    }
  };
  const writeUsage = () =>
    atLast(() => usage.flushToJournal(), "the last usage could not be written and is lost", "error");
  const endUsage = async () => {
    await writeUsage();
    await journal.stop();
    await atLast(
      () => usage.addUpWholeJournal(AbortSignal.timeout(lastJournalMs)),
      "the usage journal could not be added up; another instance does it, or the next start",
    );
  };
  const endOthers = async () => {
    const left = "what was under way beside the calls has not ended well; others do what is left";
    const ended = Promise.all([
      ...jobs.map((job) => job.stop()),
      atLast(async () => runner?.stop(), left),
      atLast(() => exposures.settle(), left),
    ]);
    await atLast(() => within(ended, lastStepsMs, () => new Error("it takes too long")), left);
    await atLast(() => rateLimits.returnAll(), "shares of limits could not be returned; they end by themselves");
    await atLast(() => oddUse.flush(), "where keys were used from last could not be written");
    await atLast(() => sessions.flushTouched(), "which sessions were used last could not be written");
    await atLast(
      () => apiKeys.dropUsedValues(),
      "which values were first used could not be written; it is at their next use",
    );
  };
  return {
    async stop() {
      stopping.abort(new Error("this process is stopping"));
      await Promise.all([endUsage(), endOthers()]);
      // Of calls that were given up, or answered as their shares were returned.
      await writeUsage();
    },
  };
}

/** Runs a step once its turn has come. It does not begin any more, nor wait for that, after a signal. @throws the signal's reason */
async function inTurn<Result>(
  limiter: ConcurrencyLimiter,
  what: string,
  step: () => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const giveUp = () => reject(signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });
  const turn = async () => {
    signal.throwIfAborted();
    signal.removeEventListener("abort", giveUp);
    return step();
  };
  limiter.run(turn, what).then(resolve, reject);
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

/** A job that is run every so often. */
interface Repeated {
  /** Waits for the run that is under way, and lets no other begin. */
  stop(): Promise<void>;
}

/** Runs a job every so often, never two at once. A job that fails is tried again at its next time. */
function repeat(what: string, intervalMs: number, job: () => Promise<void>, logger: Logger): Repeated {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const run = async () => {
    try {
      await job();
    } catch (error) {
      if (!stopped) {
        logger.warn({ err: error }, `${what} failed; it is tried again`);
      }
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
