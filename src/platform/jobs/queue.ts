import { type Kysely, sql } from "kysely";
import { jobsSchema } from "../../../migrations/jobs-schema.js";
import type { Database } from "../postgres/database.js";

/** How far the queue of jobs is behind. */
export interface QueueState {
  /** Those that are due, or under way. */
  readonly waiting: number;
  /** How long the oldest of them has been due, in seconds; 0: there is none. */
  readonly oldestSeconds: number;
  /** Those that failed as often as they may. */
  readonly failed: number;
}

/** Longer than any job takes: who has held one for so long has ended. */
const abandoned = sql`interval '3 minutes'`;
/** How many times as long as a look takes nobody looks again. */
const restPerLook = 100;
const nothing: QueueState = { waiting: 0, oldestSeconds: 0, failed: 0 };

/** The queue of jobs, which graphile-worker runs. */
export class JobQueue {
  readonly #db: Kysely<Database>;
  readonly #now: () => number;
  #state = nothing;
  #nextLook = Number.NEGATIVE_INFINITY;

  /** @param now in milliseconds */
  constructor(db: Kysely<Database>, now = () => performance.now()) {
    this.#db = db;
    this.#now = now;
  }

  /** As it was when it was last looked at. */
  get state(): QueueState {
    return this.#state;
  }

  /** A look counts all jobs: the longer that takes, the later comes the next. */
  async look(): Promise<void> {
    const began = this.#now();
    if (began < this.#nextLook) {
      return;
    }
    const states = [...(await this.states()).values()];
    const ended = this.#now();
    this.#nextLook = ended + (ended - began) * restPerLook;
    this.#state = states.reduce(
      (all, one) => ({
        waiting: all.waiting + one.waiting,
        oldestSeconds: Math.max(all.oldestSeconds, one.oldestSeconds),
        failed: all.failed + one.failed,
      }),
      nothing,
    );
  }

  /** By task. */
  async states(): Promise<ReadonlyMap<string, QueueState>> {
    const { rows } = await sql<{ task: string; waiting: bigint; oldest: number; failed: bigint }>`
      select
        task_identifier as task,
        count(*) filter (where attempts < max_attempts and run_at <= now()) as waiting,
        coalesce(
          extract(epoch from max(now() - run_at) filter (where attempts < max_attempts and run_at <= now())), 0
        )::float8 as oldest,
        count(*) filter (where attempts >= max_attempts) as failed
      from ${sql.id(jobsSchema, "jobs")}
      group by task_identifier
      order by task_identifier
    `.execute(this.#db);
    return new Map(
      rows.map(({ task, waiting, oldest, failed }) => [
        task,
        { waiting: Number(waiting), oldestSeconds: oldest, failed: Number(failed) },
      ]),
    );
  }

  /** Gives back the jobs of processes that ended in the middle of them, and removes those that others have taken over. */
  async releaseAbandoned(): Promise<void> {
    await sql`
      select ${sql.id(jobsSchema, "force_unlock_workers")}(array_agg(distinct locked_by))
      from ${sql.id(jobsSchema, "jobs")}
      where locked_at < now() - ${abandoned} and locked_by is not null
      having count(*) > 0
    `.execute(this.#db);
    // What was given to another meanwhile is not to run again, and has not failed.
    await sql`
      select ${sql.id(jobsSchema, "complete_jobs")}(array_agg(id))
      from ${sql.id(jobsSchema, "jobs")}
      where attempts >= max_attempts and last_error is null and locked_at is null
      having count(*) > 0
    `.execute(this.#db);
  }
}
