import { sql } from "kysely";

/**
 * Adds the job of a mail, in a statement whose rows are mails with their next_attempt_at: it is for the attempt that is due then, and
 * takes the place of one that waits already.
 */
export const addMailJob = sql`
  altalune_jobs.add_job(
    'send_mail',
    json_build_object('mailId', id::text, 'dueAt', next_attempt_at),
    max_attempts => 5,
    job_key => concat_ws(' ', 'send_mail', id),
    job_key_mode => 'preserve_run_at'
  )
`;
