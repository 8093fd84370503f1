import { DomainError } from "../domain-error.js";

/** The queue that changes are announced through is full; whoever fills it has to be stopped, see docs/security.md. */
export class NotificationQueueFullError extends DomainError {
  override readonly kind = "unavailable";
  override readonly reason = "NOTIFICATION_QUEUE_FULL";

  constructor() {
    super(
      "the database's notification queue is full, so no change can be announced and nothing was changed; its administrator has to end the session that holds it up",
    );
  }
}
