import { AuditService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { Answer } from "../listing/answer.tsx";
import { Pager } from "../listing/pager.tsx";
import { useKeyset } from "../listing/use-keyset.ts";
import { texts } from "../texts.ts";
import { eventQueryOf } from "./event-query.ts";
import { EventTable } from "./event-table.tsx";
import classes from "./trail.module.css";

const pageSize = 10;

/** What was done to a key. */
export function KeyEvents({ projectId, apiKeyId }: { readonly projectId: string; readonly apiKeyId: string }) {
  const keyset = useKeyset(apiKeyId);
  const query = eventQueryOf(new URLSearchParams({ resource: apiKeyId }));
  const events = useQuery(
    AuditService.method.queryAuditEvents,
    { projectId, query: { ...query, pagination: { pageSize, pageToken: keyset.token } } },
    { placeholderData: keepPreviousData },
  );
  return (
    <section className={classes["section"]}>
      <h2>{texts.trail.ofKey}</h2>
      <Answer to={events}>
        {({ data, meta }) => (
          <>
            {data.length === 0 ? (
              <p role="status">{texts.listing.none}</p>
            ) : (
              <EventTable events={data} isOfOne isStale={events.isPlaceholderData} />
            )}
            <Pager keyset={keyset} nextToken={meta?.nextPageToken ?? ""} />
          </>
        )}
      </Answer>
    </section>
  );
}
