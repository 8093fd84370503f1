import { ApiKeyService, ProjectService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Button } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { Answer } from "../listing/answer.tsx";
import { Listing } from "../listing/listing.tsx";
import { useListing } from "../listing/use-listing.ts";
import { Empty } from "../parts/empty.tsx";
import { Outcome } from "../parts/outcome.tsx";
import { Page } from "../parts/page.tsx";
import { ProjectPlaces } from "../projects/project-places.tsx";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { KeyFilters } from "./key-filters.tsx";
import { keyQueryOf } from "./key-query.ts";
import { KeyTable } from "./key-table.tsx";

/** A project, and its keys. */
export default function KeysPage() {
  const { projectId = "" } = useParams();
  const project = useQuery(ProjectService.method.getProject, { projectId });
  const user = useUser();
  const mayCreate = may(user, "api_keys:write");
  const create = (
    <Button component={Link} to={`/projects/${projectId}/keys/new`}>
      {texts.keys.create}
    </Button>
  );
  return (
    <Answer to={project} isPage>
      {(answer) => (
        <Page
          title={answer.project?.name ?? ""}
          above={{ to: "/projects", name: texts.projects.title }}
          actions={mayCreate ? create : undefined}
        >
          <Outcome />
          <ProjectPlaces projectId={projectId} />
          <Keys projectId={projectId} mayCreate={mayCreate} />
        </Page>
      )}
    </Answer>
  );
}

function Keys({ projectId, mayCreate }: { readonly projectId: string; readonly mayCreate: boolean }) {
  const { listing, query } = useListing(keyQueryOf, projectId);
  const keys = useQuery(ApiKeyService.method.queryApiKeys, { projectId, query }, { placeholderData: keepPreviousData });
  const { empty } = texts.keys;
  return (
    <Listing
      listing={listing}
      answer={keys}
      filters={<KeyFilters {...listing.filterProps} />}
      empty={<Empty title={empty.title} text={mayCreate ? empty.text : empty.viewer} />}
    >
      {(data, isStale) => <KeyTable keys={data} isStale={isStale} />}
    </Listing>
  );
}
