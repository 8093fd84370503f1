import { type Kysely, sql } from "kysely";

/** Where graphile-worker has its tables. */
export const jobsSchema = "altalune_jobs";

/** What the text of a step begins with after which an older graphile-worker does not run. */
const breaking = "--! breaking";

/**
 * Makes the tables of jobs, or brings them up to date, by graphile-worker's own steps as it would run them, so that it finds them run.
 *
 * @param last the last step: a version of graphile-worker that has more takes another of our steps
 */
export async function runJobsSteps(db: Kysely<never>, last: number): Promise<void> {
  const { migrations } = await import("graphile-worker/dist/generated/sql.js");
  const schema = sql.id(jobsSchema);
  await sql`create schema if not exists ${schema}`.execute(db);
  await sql`
    create table if not exists ${schema}.migrations (
      id int primary key, ts timestamptz not null default now(), breaking boolean not null default false
    )
  `.execute(db);
  for (const [file, text] of Object.entries(migrations)) {
    const step = Number.parseInt(file, 10);
    const { rows } = await sql`select from ${schema}.migrations where id = ${step}`.execute(db);
    if (step <= last && rows.length === 0) {
      await sql.raw(text.replaceAll(/:GRAPHILE_WORKER_SCHEMA\b/g, jobsSchema)).execute(db);
      await sql`
        insert into ${schema}.migrations (id, breaking) values (${step}, ${text.startsWith(breaking)})
      `.execute(db);
    }
  }
}

export async function dropJobs(db: Kysely<never>): Promise<void> {
  await sql`drop schema ${sql.id(jobsSchema)} cascade`.execute(db);
}
