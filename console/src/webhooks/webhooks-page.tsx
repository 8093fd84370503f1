import { ProjectService, SortOrder, WebhookService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Button } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { Answer } from "../listing/answer.tsx";
import { Listing } from "../listing/listing.tsx";
import { SearchField } from "../listing/search-field.tsx";
import { useListing } from "../listing/use-listing.ts";
import { Empty } from "../parts/empty.tsx";
import { Outcome } from "../parts/outcome.tsx";
import { Page } from "../parts/page.tsx";
import { ProjectPlaces } from "../projects/project-places.tsx";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { webhooksPath } from "./webhook-path.ts";
import { WebhookTable } from "./webhook-table.tsx";

/** The webhooks of a project. */
export default function WebhooksPage() {
  const { projectId = "" } = useParams();
  const project = useQuery(ProjectService.method.getProject, { projectId });
  const mayCreate = may(useUser(), "webhooks:write");
  const create = (
    <Button component={Link} to={`${webhooksPath(projectId)}/new`}>
      {texts.webhooks.create}
    </Button>
  );
  return (
    <Answer to={project} isPage>
      {(answer) => (
        <Page
          title={texts.webhooks.titleOf(answer.project?.name ?? "")}
          above={{ to: `/projects/${projectId}`, name: answer.project?.name ?? "" }}
          actions={mayCreate ? create : undefined}
        >
          <Outcome />
          <ProjectPlaces projectId={projectId} />
          <Webhooks projectId={projectId} mayCreate={mayCreate} />
        </Page>
      )}
    </Answer>
  );
}

const wantedOf = (params: URLSearchParams) => ({
  keyword: params.get("keyword") ?? "",
  sorting: { field: "created_at", order: SortOrder.DESC },
});

function Webhooks({ projectId, mayCreate }: { readonly projectId: string; readonly mayCreate: boolean }) {
  const { listing, query } = useListing(wantedOf, projectId);
  const webhooks = useQuery(
    WebhookService.method.queryWebhooks,
    { projectId, query },
    { placeholderData: keepPreviousData },
  );
  const { empty, search, searchHint } = texts.webhooks;
  return (
    <Listing
      listing={listing}
      answer={webhooks}
      filters={<SearchField {...listing.filterProps} name="keyword" label={search} placeholder={searchHint} />}
      empty={<Empty title={empty.title} text={mayCreate ? empty.text : empty.viewer} />}
    >
      {(data, isStale) => <WebhookTable webhooks={data} isStale={isStale} />}
    </Listing>
  );
}
