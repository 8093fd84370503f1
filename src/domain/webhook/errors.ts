import { DomainError } from "../domain-error.js";
import { maxWebhooks } from "./model.js";

export class WebhookNotFoundError extends DomainError {
  override readonly kind = "not_found";
  override readonly reason = "WEBHOOK_NOT_FOUND";

  constructor() {
    super("there is no such webhook in this project");
  }
}

export class DeliveryNotFoundError extends DomainError {
  override readonly kind = "not_found";
  override readonly reason = "DELIVERY_NOT_FOUND";

  constructor() {
    super("the webhook was not told of such an event, or it is more than 30 days ago");
  }
}

export class TooManyWebhooksError extends DomainError {
  override readonly kind = "resource_exhausted";
  override readonly reason = "TOO_MANY_WEBHOOKS";

  constructor() {
    super(`a project has at most ${maxWebhooks} webhooks: delete one, or let one receiver pass events on`);
  }
}

export class WebhookDisabledError extends DomainError {
  override readonly kind = "failed_precondition";
  override readonly reason = "WEBHOOK_DISABLED";

  constructor() {
    super("the webhook is switched off: switch it on by UpdateWebhook with `enabled`");
  }
}
