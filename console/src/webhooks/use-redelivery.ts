import { type Delivery, type Webhook, WebhookService } from "@altalune/sdk/messages";
import { useQueryClient } from "@tanstack/react-query";
import { useClient } from "../api/api.tsx";
import type { Failure } from "../api/failure.ts";
import { useSending } from "../api/use-sending.ts";
import { texts } from "../texts.ts";

interface Redelivery {
  readonly isBusy: boolean;
  readonly failure: Failure | undefined;
  readonly redeliver: (delivery: Delivery) => void;
}

/** Sends an event once more. @param onDone told what was done */
export function useRedelivery(webhook: Webhook, onDone: (sentence: string | undefined) => void): Redelivery {
  const webhooks = useClient(WebhookService);
  const queries = useQueryClient();
  const { isBusy, failure, send } = useSending();
  const { projectId, id: webhookId } = webhook;
  const redeliver = ({ eventId, eventType }: Delivery) => {
    onDone(undefined);
    void send(async () => {
      await webhooks.redeliverEvent({ projectId, webhookId, eventId });
      onDone(texts.webhooks.deliveries.redelivered(eventType));
      // The next one need not wait for what is shown.
      void queries.invalidateQueries();
    });
  };
  return { isBusy, failure, redeliver };
}
