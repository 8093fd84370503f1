import type { AuditEvent } from "@altalune/sdk/messages";
import { UnstyledButton } from "@mantine/core";
import { useId, useState } from "react";
import { Moment } from "../listing/moment.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { texts } from "../texts.ts";
import { EventFacts } from "./event-facts.tsx";
import classes from "./event-table.module.css";

interface EventTableProps {
  readonly events: readonly AuditEvent[];
  /** Whether all are of one thing, which then is not said each time. */
  readonly isOfOne?: boolean;
  readonly isStale: boolean;
}

const { columns: names } = texts.trail;

/** Events, each of which opens to all that is known of it. */
export function EventTable({ events, isOfOne = false, isStale }: EventTableProps) {
  const id = useId();
  const [open, setOpen] = useState<ReadonlySet<bigint>>(new Set());
  const toggle = (sequence: bigint) =>
    setOpen((before) => {
      const after = new Set(before);
      return after.delete(sequence) ? after : after.add(sequence);
    });
  const columns: Column<AuditEvent>[] = [
    {
      name: names.action,
      cell: ({ action, sequence }) => (
        <UnstyledButton
          className={classes["action"]}
          aria-expanded={open.has(sequence)}
          aria-controls={open.has(sequence) ? `${id}${sequence}` : undefined}
          onClick={() => toggle(sequence)}
        >
          {action}
        </UnstyledButton>
      ),
    },
    ...(isOfOne ? [] : [{ name: names.resource, cell: ({ resourceId }: AuditEvent) => resourceId }]),
    { name: names.actor, cell: ({ actor }) => actor },
    { name: names.occurred, cell: ({ occurredAt }) => <Moment at={occurredAt} /> },
    { name: names.sequence, cell: ({ sequence }) => `${sequence}` },
  ];
  return (
    <Table
      name={texts.trail.events}
      columns={columns}
      rows={events}
      keyOf={({ sequence }) => `${sequence}`}
      isStale={isStale}
      below={(event) =>
        open.has(event.sequence) ? <EventFacts id={`${id}${event.sequence}`} event={event} /> : undefined
      }
    />
  );
}
