import { sql } from "kysely";
import { addJob } from "./add-job.js";

/**
 * Adds the job of a delivery, in a statement whose rows are deliveries with their next_attempt_at: it is for the attempt that is due then,
 * and takes the place of one that waits already, so that no delivery has more of them than its last.
 */
export const addDeliveryJob = addJob(
  "deliver_event",
  sql`concat_ws(' ', 'deliver_event', project_id, webhook_id, event_id)`,
  sql`json_build_object('projectId', project_id::text, 'webhookId', webhook_id, 'eventId', event_id, 'dueAt', next_attempt_at)`,
);
