import { texts } from "../texts.ts";
import { EventList } from "./event-list.tsx";
import { eventQueryOf } from "./event-query.ts";
import classes from "./trail.module.css";

const pageSize = 10;

/** What was done to a key. */
export function KeyEvents({ projectId, apiKeyId }: { readonly projectId: string; readonly apiKeyId: string }) {
  const query = eventQueryOf(new URLSearchParams({ resource: apiKeyId }));
  return (
    <section className={classes["section"]}>
      <h2>{texts.trail.ofKey}</h2>
      <EventList
        projectId={projectId}
        query={query}
        pageSize={pageSize}
        isOfOne
        none={<p role="status">{texts.listing.none}</p>}
      />
    </section>
  );
}
