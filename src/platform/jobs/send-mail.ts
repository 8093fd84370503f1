import { sql } from "kysely";
import { addJob } from "./add-job.js";

/**
 * Adds the job of a mail, in a statement whose rows are mails with their next_attempt_at: it is for the attempt that is due then, and
 * takes the place of one that waits already.
 */
export const addMailJob = addJob(
  "send_mail",
  sql`concat_ws(' ', 'send_mail', id)`,
  sql`json_build_object('mailId', id::text, 'dueAt', next_attempt_at)`,
);
