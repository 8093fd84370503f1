import { AuditService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Button } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { useState } from "react";
import { Listing } from "../listing/listing.tsx";
import { useListing } from "../listing/use-listing.ts";
import { Page } from "../parts/page.tsx";
import { ProjectPlaces } from "../projects/project-places.tsx";
import { texts } from "../texts.ts";
import { CheckDialog } from "./check-dialog.tsx";
import { EventFilters } from "./event-filters.tsx";
import { eventQueryOf } from "./event-query.ts";
import { EventTable } from "./event-table.tsx";
import { ExportDialog } from "./export-dialog.tsx";
import classes from "./trail.module.css";

interface TrailProps {
  /** Empty: the instance's own. */
  readonly projectId: string;
  readonly title: string;
  readonly above?: { readonly to: string; readonly name: string };
}

const words = texts.trail;

/** A trail, and whether it is whole. */
export function Trail({ projectId, title, above }: TrailProps) {
  const [asked, setAsked] = useState<"check" | "export">();
  const close = () => setAsked(undefined);
  const actions = (
    <>
      <Button variant="default" onClick={() => setAsked("check")}>
        {words.check.action}
      </Button>
      <Button variant="default" onClick={() => setAsked("export")}>
        {words.export.action}
      </Button>
    </>
  );
  return (
    <Page title={title} above={above} actions={actions}>
      {projectId !== "" && <ProjectPlaces projectId={projectId} />}
      <p className={classes["intro"]}>{projectId === "" ? `${words.ofInstance} ${words.intro}` : words.intro}</p>
      <Events projectId={projectId} />
      {asked === "check" && <CheckDialog projectId={projectId} onClose={close} />}
      {asked === "export" && <ExportDialog projectId={projectId} onClose={close} />}
    </Page>
  );
}

function Events({ projectId }: { readonly projectId: string }) {
  const { listing, query } = useListing(eventQueryOf, projectId);
  const events = useQuery(
    AuditService.method.queryAuditEvents,
    { projectId, query },
    { placeholderData: keepPreviousData },
  );
  const actions = events.data?.meta?.filters["action"]?.values ?? [];
  return (
    <Listing
      listing={listing}
      answer={events}
      filters={<EventFilters {...listing.filterProps} actions={actions} />}
      none={words.none}
    >
      {(data, isStale) => <EventTable events={data} isStale={isStale} />}
    </Listing>
  );
}
