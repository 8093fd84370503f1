import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  CreateWebhookRequestSchema,
  CreateWebhookResponseSchema,
  DeleteWebhookResponseSchema,
  GetWebhookResponseSchema,
  QueryDeliveriesResponseSchema,
  QueryWebhooksResponseSchema,
  RedeliverEventResponseSchema,
  RotateWebhookSecretResponseSchema,
  SendTestEventResponseSchema,
  UpdateWebhookResponseSchema,
  type WebhookService as WebhookServiceDescriptor,
} from "../../../gen/altalune/v1/webhook_pb.js";
import { callerOf } from "../caller-context.js";
import { eventTypes } from "../event/model.js";
import { listingQueryFromProto, metaToProto } from "../listing/mapper.js";
import type { ProjectService } from "../project/service.js";
import { msFromDuration, namedRequestOf } from "../proto-values.js";
import { changesFromProto, deliveryToProto, webhookToProto } from "./mapper.js";
import { deliveryStateNames } from "./model.js";
import type { WebhookService } from "./service.js";

/** For how long the secret before signs as well where nobody says. */
const usualGraceMs = 24 * 60 * 60_000;

export function webhookHandler(
  webhooks: WebhookService,
  projects: ProjectService,
): ServiceImpl<typeof WebhookServiceDescriptor> {
  return {
    async createWebhook(request, context) {
      const project = await projects.reach(callerOf(context), request.projectId);
      const { url, eventTypes: types, description } = request;
      const named = namedRequestOf(CreateWebhookRequestSchema, request);
      const { webhook, secret } = await webhooks.create(
        callerOf(context),
        project,
        { url, eventTypes: types, description },
        named,
      );
      return create(CreateWebhookResponseSchema, {
        webhook: webhookToProto(webhook, project),
        secret,
        message: secret === "" ? "webhook created before" : "webhook created; its secret is shown once",
      });
    },

    async queryWebhooks(request, context) {
      const project = await projects.reach(callerOf(context), request.projectId);
      const page = await webhooks.query(project, listingQueryFromProto(request.query));
      return create(QueryWebhooksResponseSchema, {
        data: page.rows.map((webhook) => webhookToProto(webhook, project)),
        meta: metaToProto(page),
      });
    },

    async getWebhook(request, context) {
      const project = await projects.reach(callerOf(context), request.projectId);
      const webhook = await webhooks.get(project, request.webhookId);
      return create(GetWebhookResponseSchema, { webhook: webhookToProto(webhook, project) });
    },

    async updateWebhook(request, context) {
      const caller = callerOf(context);
      const project = await projects.reach(caller, request.projectId);
      const changes = changesFromProto(request);
      const webhook = await webhooks.update(caller, project, request.webhookId, changes, request.etag);
      return create(UpdateWebhookResponseSchema, {
        webhook: webhookToProto(webhook, project),
        message: "webhook updated",
      });
    },

    async deleteWebhook(request, context) {
      const caller = callerOf(context);
      const project = await projects.reach(caller, request.projectId);
      await webhooks.delete(caller, project, request.webhookId, request.etag);
      return create(DeleteWebhookResponseSchema, { message: "webhook deleted" });
    },

    async rotateWebhookSecret(request, context) {
      const caller = callerOf(context);
      const project = await projects.reach(caller, request.projectId);
      const graceMs = request.gracePeriod === undefined ? usualGraceMs : msFromDuration(request.gracePeriod);
      const { webhookId, etag } = request;
      const { webhook, secret } = await webhooks.rotateSecret(caller, project, webhookId, graceMs, etag);
      return create(RotateWebhookSecretResponseSchema, {
        webhook: webhookToProto(webhook, project),
        secret,
        message: "the new secret is shown once; within the grace both sign",
      });
    },

    async sendTestEvent(request, context) {
      const caller = callerOf(context);
      const project = await projects.reach(caller, request.projectId);
      const delivery = await webhooks.sendTest(caller, project, request.webhookId);
      return create(SendTestEventResponseSchema, {
        delivery: deliveryToProto(delivery, project),
        message: "a test event is on its way",
      });
    },

    async queryDeliveries(request, context) {
      const project = await projects.reach(callerOf(context), request.projectId);
      const page = await webhooks.queryDeliveries(project, request.webhookId, listingQueryFromProto(request.query));
      return create(QueryDeliveriesResponseSchema, {
        data: page.rows.map((delivery) => deliveryToProto(delivery, project)),
        meta: metaToProto(page, { state: [...deliveryStateNames.keys()], event_type: eventTypes }),
      });
    },

    async redeliverEvent(request, context) {
      const caller = callerOf(context);
      const project = await projects.reach(caller, request.projectId);
      const delivery = await webhooks.redeliver(caller, project, request.webhookId, request.eventId);
      return create(RedeliverEventResponseSchema, {
        delivery: deliveryToProto(delivery, project),
        message: "the event is on its way once more",
      });
    },
  };
}
