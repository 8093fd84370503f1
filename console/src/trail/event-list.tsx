import { AuditService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Answer } from "../listing/answer.tsx";
import { Pager } from "../listing/pager.tsx";
import { useKeyset } from "../listing/use-keyset.ts";
import type { EventQuery } from "./event-query.ts";
import { EventTable } from "./event-table.tsx";

interface EventListProps {
  /** Empty: the instance's own trail. */
  readonly projectId: string;
  readonly query: EventQuery;
  readonly pageSize: number;
  /** Whether all are of one thing. */
  readonly isOfOne?: boolean;
  /** What stands above, given the actions that there are. */
  readonly filters?: (actions: readonly string[]) => ReactNode;
  /** Takes the place of events where there is none. */
  readonly none: ReactNode;
}

/** Events of a trail, a page at a time. */
export function EventList({ projectId, query, pageSize, isOfOne = false, filters, none }: EventListProps) {
  const keyset = useKeyset(JSON.stringify([projectId, query]));
  const events = useQuery(
    AuditService.method.queryAuditEvents,
    { projectId, query: { ...query, pagination: { pageSize, pageToken: keyset.token } } },
    { placeholderData: keepPreviousData },
  );
  return (
    <Answer to={events}>
      {({ data, meta }) => (
        <>
          {filters?.(meta?.filters["action"]?.values ?? [])}
          {data.length === 0 ? none : <EventTable events={data} isOfOne={isOfOne} isStale={events.isPlaceholderData} />}
          <Pager keyset={keyset} nextToken={meta?.nextPageToken ?? ""} />
        </>
      )}
    </Answer>
  );
}
