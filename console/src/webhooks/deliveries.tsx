import { type Webhook, WebhookService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { useState } from "react";
import { FormFailure } from "../form/form-failure.tsx";
import { Listing } from "../listing/listing.tsx";
import { useListing } from "../listing/use-listing.ts";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import { DeliveryFilters } from "./delivery-filters.tsx";
import { deliveryQueryOf, isUnderWay } from "./delivery-query.ts";
import { DeliveryTable } from "./delivery-table.tsx";
import { useRedelivery } from "./use-redelivery.ts";
import classes from "./webhooks.module.css";

/** How often it is asked what became of those under way, in milliseconds, while somebody looks at the page. */
const everyMs = 5_000;

const { deliveries: words } = texts.webhooks;

interface DeliveriesProps {
  readonly webhook: Webhook;
  readonly mayChange: boolean;
}

/** What a webhook was sent, and is to be sent. */
export function Deliveries({ webhook, mayChange }: DeliveriesProps) {
  const { projectId, id: webhookId, enabled } = webhook;
  const { listing, query } = useListing(deliveryQueryOf, webhookId);
  const [outcome, setOutcome] = useState<string>();
  const { isBusy, failure, redeliver } = useRedelivery(webhook, setOutcome);
  const deliveries = useQuery(
    WebhookService.method.queryDeliveries,
    { projectId, webhookId, query },
    {
      placeholderData: keepPreviousData,
      refetchInterval: ({ state }) => (state.data?.data.some(isUnderWay) ? everyMs : false),
    },
  );
  return (
    <section className={classes["section"]}>
      <h2>{words.title}</h2>
      <p className="dimmed">{words.text}</p>
      <FormFailure failure={failure} />
      {outcome !== undefined && <Notice tone="good">{outcome}</Notice>}
      <Listing
        listing={listing}
        answer={deliveries}
        filters={<DeliveryFilters {...listing.filterProps} />}
        empty={<p role="status">{words.none}</p>}
      >
        {(data, isStale) => (
          <DeliveryTable
            projectId={projectId}
            deliveries={data}
            isStale={isStale}
            isBusy={isBusy}
            onRedeliver={mayChange && enabled ? redeliver : undefined}
          />
        )}
      </Listing>
    </section>
  );
}
