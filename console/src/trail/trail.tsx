import { Button } from "@mantine/core";
import { useState } from "react";
import { useQueryParams } from "../listing/use-query-params.ts";
import { Page } from "../parts/page.tsx";
import { ProjectPlaces } from "../projects/project-places.tsx";
import { texts } from "../texts.ts";
import { CheckDialog } from "./check-dialog.tsx";
import { EventFilters } from "./event-filters.tsx";
import { EventList } from "./event-list.tsx";
import { eventQueryOf } from "./event-query.ts";
import { ExportDialog } from "./export-dialog.tsx";
import classes from "./trail.module.css";

interface TrailProps {
  /** Empty: the instance's own. */
  readonly projectId: string;
  readonly title: string;
  readonly above?: { readonly to: string; readonly name: string };
}

const words = texts.trail;
const pageSize = 50;

/** A trail, and whether it is whole. */
export function Trail({ projectId, title, above }: TrailProps) {
  const [params, setParam, clear] = useQueryParams();
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
      <EventList
        projectId={projectId}
        query={eventQueryOf(params)}
        pageSize={pageSize}
        filters={(known) => <EventFilters actions={known} params={params} onChange={setParam} />}
        none={
          <p role="status">
            {words.none}{" "}
            <Button variant="subtle" size="compact-sm" onClick={clear}>
              {texts.listing.clear}
            </Button>
          </p>
        }
      />
      {asked === "check" && <CheckDialog projectId={projectId} onClose={close} />}
      {asked === "export" && <ExportDialog projectId={projectId} onClose={close} />}
    </Page>
  );
}
