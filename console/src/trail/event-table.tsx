import type { AuditEvent } from "@altalune/sdk/messages";
import { Moment } from "../listing/moment.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { useOpenRows } from "../parts/use-open-rows.tsx";
import { texts } from "../texts.ts";
import { EventFacts } from "./event-facts.tsx";

interface EventTableProps {
  readonly events: readonly AuditEvent[];
  /** Whether all are of one thing, which then is not said each time. */
  readonly isOfOne?: boolean;
  readonly isStale: boolean;
}

const { columns: names } = texts.trail;

/** Events, each of which opens to all that is known of it. */
export function EventTable({ events, isOfOne = false, isStale }: EventTableProps) {
  const { opener, below } = useOpenRows();
  const columns: Column<AuditEvent>[] = [
    { name: names.action, cell: (event) => opener(keyOf(event), event.action) },
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
      keyOf={keyOf}
      isStale={isStale}
      below={(event) => below(keyOf(event), () => <EventFacts event={event} />)}
    />
  );
}

function keyOf({ sequence }: AuditEvent): string {
  return `${sequence}`;
}
