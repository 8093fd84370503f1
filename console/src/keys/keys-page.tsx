import { ApiKeyService, ProjectService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Button } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { Answer } from "../listing/answer.tsx";
import { Pager } from "../listing/pager.tsx";
import { useKeyset } from "../listing/use-keyset.ts";
import { useQueryParams } from "../listing/use-query-params.ts";
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

const pageSize = 50;

function Keys({ projectId, mayCreate }: { readonly projectId: string; readonly mayCreate: boolean }) {
  const [params, setParam, clear] = useQueryParams();
  const query = keyQueryOf(params);
  const keyset = useKeyset(JSON.stringify([projectId, query]));
  const keys = useQuery(
    ApiKeyService.method.queryApiKeys,
    { projectId, query: { ...query, pagination: { pageSize, pageToken: keyset.token } } },
    { placeholderData: keepPreviousData },
  );
  const isNarrowed = query.keyword !== "" || Object.keys(query.filters).length > 0;
  const { empty } = texts.keys;
  return (
    <Answer to={keys}>
      {({ data, meta }) => {
        if (data.length === 0 && !isNarrowed && keyset.page === 1 && !keys.isPlaceholderData) {
          return <Empty title={empty.title} text={mayCreate ? empty.text : empty.viewer} />;
        }
        return (
          <>
            <KeyFilters params={params} onChange={setParam} />
            {data.length === 0 ? (
              <p role="status">
                {texts.listing.none}{" "}
                <Button variant="subtle" size="compact-sm" onClick={clear}>
                  {texts.listing.clear}
                </Button>
              </p>
            ) : (
              <KeyTable keys={data} isStale={keys.isPlaceholderData} />
            )}
            <Pager keyset={keyset} nextToken={meta?.nextPageToken ?? ""} />
          </>
        );
      }}
    </Answer>
  );
}
