import { UserService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Button } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { Link, Navigate } from "react-router";
import { Answer } from "../listing/answer.tsx";
import { Pager } from "../listing/pager.tsx";
import { useKeyset } from "../listing/use-keyset.ts";
import { useQueryParams } from "../listing/use-query-params.ts";
import { Empty } from "../parts/empty.tsx";
import { Outcome } from "../parts/outcome.tsx";
import { Page } from "../parts/page.tsx";
import { texts } from "../texts.ts";
import { useMayUsers } from "./use-may-users.ts";
import { UserFilters } from "./user-filters.tsx";
import { userQueryOf } from "./user-query.ts";
import { UserTable } from "./user-table.tsx";

/** The people who run Altalune. */
export default function UsersPage() {
  const { mayRead, mayWrite } = useMayUsers();
  if (!mayRead) {
    return <Navigate to="/projects" replace />;
  }
  const invite = mayWrite && (
    <Button component={Link} to="/users/invite">
      {texts.users.invite}
    </Button>
  );
  return (
    <Page title={texts.users.title} actions={invite || undefined}>
      <Outcome />
      <Users />
    </Page>
  );
}

const pageSize = 50;

function Users() {
  const [params, setParam, clear] = useQueryParams();
  const query = userQueryOf(params);
  const keyset = useKeyset(JSON.stringify(query));
  const users = useQuery(
    UserService.method.queryUsers,
    { query: { ...query, pagination: { pageSize, pageToken: keyset.token } } },
    { placeholderData: keepPreviousData },
  );
  const isNarrowed = query.keyword !== "" || Object.keys(query.filters).length > 0;
  const { alone } = texts.users;
  return (
    <Answer to={users}>
      {({ data, meta }) => {
        // Whoever looks is in the list.
        const isAlone = data.length === 1 && !isNarrowed && keyset.page === 1 && !users.isPlaceholderData;
        return (
          <>
            {isAlone ? (
              <Empty title={alone.title} text={alone.text} />
            ) : (
              <UserFilters params={params} onChange={setParam} />
            )}
            {data.length === 0 ? (
              <p role="status">
                {texts.listing.none}{" "}
                <Button variant="subtle" size="compact-sm" onClick={clear}>
                  {texts.listing.clear}
                </Button>
              </p>
            ) : (
              <UserTable users={data} isStale={users.isPlaceholderData} />
            )}
            <Pager keyset={keyset} nextToken={meta?.nextPageToken ?? ""} />
          </>
        );
      }}
    </Answer>
  );
}
