import { ProjectService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Button } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { useCallback } from "react";
import { Link } from "react-router";
import { Answer } from "../listing/answer.tsx";
import classes from "../listing/listing.module.css";
import { Pager } from "../listing/pager.tsx";
import { SearchField } from "../listing/search-field.tsx";
import { useKeyset } from "../listing/use-keyset.ts";
import { useQueryParams } from "../listing/use-query-params.ts";
import { Empty } from "../parts/empty.tsx";
import { Outcome } from "../parts/outcome.tsx";
import { Page } from "../parts/page.tsx";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { ProjectTable } from "./project-table.tsx";

const pageSize = 50;

/** The projects that a user reaches. */
export default function ProjectsPage() {
  const user = useUser();
  const mayCreate = may(user, "projects:write") && user.all_projects;
  const [params, setParam] = useQueryParams();
  const keyword = params.get("keyword") ?? "";
  const keyset = useKeyset(keyword);
  const search = useCallback((typed: string) => setParam("keyword", typed), [setParam]);
  const projects = useQuery(
    ProjectService.method.queryProjects,
    { query: { pagination: { pageSize, pageToken: keyset.token }, keyword } },
    { placeholderData: keepPreviousData },
  );
  const create = mayCreate && (
    <Button component={Link} to="/projects/new">
      {texts.projects.create}
    </Button>
  );
  const { empty } = texts.projects;
  return (
    <Page title={texts.projects.title} actions={create || undefined}>
      <Outcome />
      <Answer to={projects}>
        {({ data, meta }) => {
          if (data.length === 0 && keyword === "" && keyset.page === 1) {
            return <Empty title={empty.title} text={mayCreate ? empty.text : empty.none} />;
          }
          return (
            <>
              <div className={classes["filters"]}>
                <SearchField value={keyword} onSearch={search} />
              </div>
              <ProjectTable projects={data} isStale={projects.isPlaceholderData} />
              <Pager keyset={keyset} nextToken={meta?.nextPageToken ?? ""} />
            </>
          );
        }}
      </Answer>
    </Page>
  );
}
