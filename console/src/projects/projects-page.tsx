import { ProjectService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Button } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { Link } from "react-router";
import { Listing } from "../listing/listing.tsx";
import { SearchField } from "../listing/search-field.tsx";
import { useListing } from "../listing/use-listing.ts";
import { Empty } from "../parts/empty.tsx";
import { Outcome } from "../parts/outcome.tsx";
import { Page } from "../parts/page.tsx";
import { texts } from "../texts.ts";
import { ProjectTable } from "./project-table.tsx";
import { newProjectPlace, useMayCreateProjects } from "./use-may-create-projects.ts";

/** The projects that a user reaches. */
export default function ProjectsPage() {
  const mayCreate = useMayCreateProjects();
  const create = mayCreate && (
    <Button component={Link} to={newProjectPlace.to}>
      {newProjectPlace.name}
    </Button>
  );
  return (
    <Page title={texts.projects.title} actions={create || undefined}>
      <Outcome />
      <Projects mayCreate={mayCreate} />
    </Page>
  );
}

const wantedOf = (params: URLSearchParams) => ({ keyword: params.get("keyword") ?? "" });

function Projects({ mayCreate }: { readonly mayCreate: boolean }) {
  const { listing, query } = useListing(wantedOf);
  const projects = useQuery(ProjectService.method.queryProjects, { query }, { placeholderData: keepPreviousData });
  const { empty } = texts.projects;
  return (
    <Listing
      listing={listing}
      answer={projects}
      filters={<SearchField {...listing.filterProps} name="keyword" />}
      empty={<Empty title={empty.title} text={mayCreate ? empty.text : empty.none} />}
    >
      {(data, isStale) => <ProjectTable projects={data} isStale={isStale} />}
    </Listing>
  );
}
