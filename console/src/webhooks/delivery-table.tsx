import type { Delivery } from "@altalune/sdk/messages";
import { Button, UnstyledButton } from "@mantine/core";
import { useId, useState } from "react";
import { Moment } from "../listing/moment.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { texts } from "../texts.ts";
import rowClasses from "../trail/event-table.module.css";
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
  const id = useId();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (eventId: string) =>
    setOpen((before) => {
      const after = new Set(before);
      return after.delete(eventId) ? after : after.add(eventId);
    });
  const columns: Column<Delivery>[] = [
    {
      name: names.type,
      cell: ({ eventType, eventId }) => (
        <UnstyledButton
          className={rowClasses["action"]}
          aria-expanded={open.has(eventId)}
          aria-controls={open.has(eventId) ? `${id}${eventId}` : undefined}
          onClick={() => toggle(eventId)}
        >
          {eventType}
        </UnstyledButton>
      ),
    },
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
      below={(delivery) =>
        open.has(delivery.eventId) ? (
          <DeliveryFacts id={`${id}${delivery.eventId}`} projectId={projectId} delivery={delivery} />
        ) : undefined
      }
    />
  );
}
