import { type RawBuilder, sql } from "kysely";

/**
 * Adds a job, in the select list of a statement: in the place of one of the same key that waits, and beside one that a worker has taken.
 *
 * One that a worker takes at this very moment is waited for first, if this statement can see it. To `add_job` it is neither of the two
 * until that is committed, and nothing would be added (graphile-worker 0.17.3).
 *
 * @param key in SQL, of text. It may name columns of the statement that jobs have as well, so it is evaluated before those come in
 * @param payload in SQL, of json
 */
export function addJob(task: string, key: RawBuilder<unknown>, payload: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    -- In this order: first the waiting, then the adding.
    case
      when (
        select count(*) from (
          select from unnest(array[${key}]) as wanted (key) join altalune_jobs._private_jobs as job using (key)
          for update of job
        ) as held
      ) >= 0
      then altalune_jobs.add_job(
        ${sql.lit(task)}, ${payload}, max_attempts => 5, job_key => ${key}, job_key_mode => 'preserve_run_at'
      )
    end
  `;
}
