import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type Delivery as DeliveryMessage,
  DeliverySchema,
  type UpdateWebhookRequest,
  UpdateWebhookRequestSchema,
  type Webhook as WebhookMessage,
  WebhookSchema,
} from "../../../gen/altalune/v1/webhook_pb.js";
import { textRules } from "../../platform/field-rules.js";
import { etagOf } from "../etag/model.js";
import { type FieldReaders, readChanges } from "../field-mask.js";
import type { Project } from "../project/model.js";
import { type EveryField, optionalTimestamp } from "../proto-values.js";
import {
  type Delivery,
  deliveryStateNumbers,
  disabledReasonNumbers,
  payloadOf,
  type Webhook,
  type WebhookChanges,
} from "./model.js";

export function webhookToProto(webhook: Webhook, project: Project): WebhookMessage {
  const { disabledReason } = webhook;
  return create(WebhookSchema, {
    id: webhook.publicId,
    projectId: project.publicId,
    url: webhook.url,
    eventTypes: [...webhook.eventTypes],
    description: webhook.description,
    enabled: disabledReason === undefined,
    disabledReason: disabledReason && disabledReasonNumbers[disabledReason],
    previousSecretExpiresAt: optionalTimestamp(webhook.previousSecretExpiresAt),
    etag: etagOf(webhook),
    createdAt: timestampFromDate(webhook.createdAt),
    updatedAt: timestampFromDate(webhook.updatedAt),
  } satisfies EveryField<WebhookMessage>);
}

export function deliveryToProto({ event, ...delivery }: Delivery, project: Project): DeliveryMessage {
  return create(DeliverySchema, {
    eventId: event.publicId,
    eventType: event.type,
    resourceId: event.resourceId,
    sequence: event.sequence,
    state: deliveryStateNumbers[delivery.state],
    attempts: delivery.attempts,
    lastStatus: delivery.lastStatus,
    lastError: delivery.lastError,
    lastAttemptAt: optionalTimestamp(delivery.lastAttemptAt),
    nextAttemptAt: optionalTimestamp(delivery.nextAttemptAt),
    payload: payloadOf(event, project.publicId),
    createdAt: timestampFromDate(event.occurredAt),
  } satisfies EveryField<DeliveryMessage>);
}

/** The fields named in the mask, or without a mask those that are set. */
export function changesFromProto(request: UpdateWebhookRequest): WebhookChanges {
  return readChanges(request.updateMask?.paths, updatableFields, request);
}

const updatableFields: FieldReaders<UpdateWebhookRequest, "projectId" | "webhookId" | "etag", WebhookChanges> = {
  url: {
    isSet: ({ url }) => url !== "",
    read: ({ url }) => ({ url }),
    required: textRules(UpdateWebhookRequestSchema.field.url).sentences.join("; "),
  },
  event_types: {
    isSet: ({ eventTypes }) => eventTypes.length > 0,
    read: ({ eventTypes }) => ({ eventTypes }),
  },
  description: {
    isSet: ({ description }) => description !== "",
    read: ({ description }) => ({ description }),
  },
  enabled: {
    isSet: ({ enabled }) => enabled !== undefined,
    read: ({ enabled }) => ({ enabled: enabled ?? true }),
  },
};
