import { UserService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Button } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { Link, Navigate } from "react-router";
import { Listing } from "../listing/listing.tsx";
import { useListing } from "../listing/use-listing.ts";
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

/** Whoever looks is in the list. */
const few = 1;

function Users() {
  const { listing, query } = useListing(userQueryOf);
  const users = useQuery(UserService.method.queryUsers, { query }, { placeholderData: keepPreviousData });
  const { alone } = texts.users;
  return (
    <Listing
      listing={listing}
      answer={users}
      filters={<UserFilters {...listing.filterProps} />}
      empty={<Empty title={alone.title} text={alone.text} />}
      few={few}
    >
      {(data, isStale) => <UserTable users={data} isStale={isStale} />}
    </Listing>
  );
}
