import type { Runner } from "graphile-worker";
import type { Logger } from "pino";
import { z } from "zod";
import { jobsSchema } from "../../migrations/jobs-schema.js";
import { createPool } from "../platform/postgres/pool.js";
import { fulfilledWithin } from "../platform/timeout.js";
import type { Services } from "./context.js";
import { jobConnections } from "./pool-budget.js";

/** How many jobs run at once: most of them wait for somebody else's answer, and hold no connection meanwhile. */
const atOnce = 64;
/** Who hears of a job by a notification needs no more than this. */
const pollMs = 2_000;
/** How long what runs waits for one of the few connections. */
const connectionMs = 30_000;
/** How long a runner that has shut down may still write which jobs are done. */
const lastWritesMs = 2_000;

const deliverEvent = z.object({
  projectId: z.string().transform(BigInt),
  webhookId: z.string(),
  eventId: z.string(),
  /** Absent from jobs of versions before: the look for what is due adds others in their place. */
  dueAt: z.coerce.date().optional(),
});

const sendMail = z.object({ mailId: z.string().transform(BigInt), dueAt: z.coerce.date() });

export interface JobRunnerOptions {
  /** Where notifications come through. */
  readonly url: string;
  readonly services: Pick<Services, "events" | "webhooks" | "deliveries" | "notices" | "mails">;
  readonly logger: Logger;
}

/** Runs jobs from the queue, once there is anything that may cause some: until then nothing of it is loaded, and no connection made. */
export class JobRunner {
  readonly #options: JobRunnerOptions;
  #runner: Runner | undefined;
  #starting: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#runner !== undefined;
  }

  /** Starts it where somebody wants to be told of events, or is sent mail. It does not throw where it runs. */
  async look(): Promise<void> {
    const { events, notices } = this.#options.services;
    const mayStart = () => this.#runner === undefined && !this.#isStopped;
    // While one look asks, another may have started it.
    if (mayStart() && ((await events.isHeard()) || (await notices.isHeard())) && mayStart()) {
      this.#starting ??= this.#start().finally(() => {
        this.#starting = undefined;
      });
      await this.#starting;
    }
  }

  /** Finishes what is under way, for some seconds. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#starting?.catch(() => undefined);
    await this.#runner?.stop();
  }

  async #start(): Promise<void> {
    const { url, services, logger } = this.#options;
    const { mails } = services;
    const { Logger: WorkerLogger, run } = await import("graphile-worker");
    const pgPool = createPool(url, {
      max: jobConnections,
      logger,
      applicationName: "altalune jobs",
      plainTypes: true,
      waitMs: connectionMs,
    });
    const end = () => pgPool.end().catch(() => undefined);
    const runner = await run({
      pgPool,
      schema: jobsSchema,
      concurrency: atOnce,
      pollInterval: pollMs,
      noHandleSignals: true,
      // Otherwise a job whose end cannot be written, since the database is away, would be a rejection that nobody handles.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
      logger: new WorkerLogger(() => (level, message) => {
        // Of what it says of each job, payload and all, nothing is kept.
        if (level === "error") {
          logger.warn({ said: message }, "a job failed; it is tried again");
        }
      }),
      taskList: {
        deliver_event: async (payload) => {
          const { dueAt, ...place } = deliverEvent.parse(payload);
          if (dueAt !== undefined) {
            await services.deliveries.attempt({ ...place, dueAt });
          }
        },
        tell_times: async () => services.events.tellTimes(),
        ...(mails && {
          send_mail: async (payload: unknown) => {
            const { mailId, dueAt } = sendMail.parse(payload);
            await mails.attempt({ id: mailId, dueAt });
          },
          note_times: async () => services.notices.noteTimes(),
        }),
      },
      // Cron only ticks: what is due is found by the database's clock. No delivery comes before it.
      crontab: ["tell_times", ...(mails === undefined ? [] : ["note_times"])]
        .map((task) => `* * * * * ${task} ?max=3&fill=5m&priority=-1`)
        .join("\n"),
    }).catch(async (error: unknown) => {
      await end();
      throw error;
    });
    this.#runner = runner;
    endOf(runner)
      .then(
        () => this.#isStopped || logger.warn("the runner of jobs ended; it is started again"),
        (error: unknown) => logger.error({ err: error }, "the runner of jobs ended; it is started again"),
      )
      .finally(async () => {
        this.#runner = undefined;
        // Its clock goes on otherwise.
        await runner.stop().catch(() => undefined);
        await end();
      });
  }
}

/**
 * Settles once a runner has ended. Its own promise does not always: where it could not write the end of one job, since its connection
 * was lost, say, and has written those of others since, it waits for ends that do not come (graphile-worker 0.17.3 and 0.18.0).
 */
async function endOf({ promise, events }: Runner): Promise<void> {
  const { promise: shutDown, resolve } = Promise.withResolvers<void>();
  for (const event of [
    "pool:gracefulShutdown:complete",
    "pool:forcefulShutdown:complete",
    "pool:forcefulShutdown:error",
  ] as const) {
    events.once(event, () => resolve());
  }
  await Promise.race([promise, shutDown.then(() => fulfilledWithin(promise, lastWritesMs))]);
}
