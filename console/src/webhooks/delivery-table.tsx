import type { Delivery } from "@altalune/sdk/messages";
import { Button } from "@mantine/core";
import { Moment } from "../listing/moment.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { useOpenRows } from "../parts/use-open-rows.tsx";
import { texts } from "../texts.ts";
import { DeliveryFacts } from "./delivery-facts.tsx";
import { answerText, DeliveryStatus } from "./delivery-status.tsx";

interface DeliveryTableProps {
  readonly projectId: string;
  readonly deliveries: readonly Delivery[];
  readonly isStale: boolean;
  /** Whether one is being sent again: one at a time is. */
  readonly isBusy: boolean;
  /** Undefined: nothing can be sent again. */
  readonly onRedeliver: ((delivery: Delivery) => void) | undefined;
}

const { deliveries: words } = texts.webhooks;
const { columns: names } = words;

/** Deliveries, each of which opens to all that is known of it. */
export function DeliveryTable({ projectId, deliveries, isStale, isBusy, onRedeliver }: DeliveryTableProps) {
  const { opener, below } = useOpenRows();
  const columns: Column<Delivery>[] = [
    { name: names.type, cell: ({ eventId, eventType }) => opener(eventId, eventType) },
    { name: names.state, cell: (delivery) => <DeliveryStatus delivery={delivery} /> },
    { name: names.answer, cell: answerText },
    { name: names.next, cell: ({ nextAttemptAt }) => <Moment at={nextAttemptAt} isExact otherwise={words.notAgain} /> },
    { name: names.occurred, cell: ({ createdAt }) => <Moment at={createdAt} /> },
  ];
  const action: Column<Delivery> = {
    name: names.action,
    cell: (delivery) => (
      <Button
        variant="default"
        size="compact-sm"
        disabled={isBusy}
        aria-label={words.redeliverOf(delivery.eventType, delivery.eventId)}
        onClick={() => onRedeliver?.(delivery)}
      >
        {words.redeliver}
      </Button>
    ),
  };
  return (
    <Table
      name={words.title}
      columns={onRedeliver === undefined ? columns : [...columns, action]}
      rows={deliveries}
      keyOf={({ eventId }) => eventId}
      isStale={isStale}
      below={(delivery) => below(delivery.eventId, () => <DeliveryFacts projectId={projectId} delivery={delivery} />)}
    />
  );
}
